// Recipes for chat applications: where each takes a base URL, a key and a model.
import type { RecipeBlock, RecipeValues } from './recipe.ts'
import { quoted, secretPlaceholder, shellQuoted } from './recipe-text.ts'

/** Open WebUI as a container: https://docs.openwebui.com. */
export function openWebUi({ secret, baseUrl }: RecipeValues): readonly RecipeBlock[] {
  const text = [
    'docker run -d -p 3000:8080 \\',
    `  -e OPENAI_API_BASE_URL=${shellQuoted(baseUrl)} \\`,
    `  -e OPENAI_API_KEY=${shellQuoted(secret ?? secretPlaceholder)} \\`,
    '  -v open-webui:/app/backend/data \\',
    '  --name open-webui ghcr.io/open-webui/open-webui:main',
  ].join('\n')
  return [{ text }]
}

/** LibreChat: https://www.librechat.ai/docs/configuration/librechat_yaml. */
export function libreChat({ secret, baseUrl, model }: RecipeValues): readonly RecipeBlock[] {
  const config = `version: 1.2.1
endpoints:
  custom:
    - name: "Latchkey"
      apiKey: "\${LATCHKEY_API_KEY}"
      baseURL: ${quoted(baseUrl)}
      models:
        default: [${quoted(model)}]
        fetch: true
      titleConvo: true
      titleModel: ${quoted(model)}`
  return [
    { file: 'librechat.yaml', text: config },
    { file: '.env', text: `LATCHKEY_API_KEY=${secret ?? ''}` },
  ]
}

/** The fields of Dify's provider that is compatible with OpenAI's API. */
export function dify({ secret, baseUrl, model }: RecipeValues) {
  return [
    { name: 'Model Name', value: model },
    { name: 'API Key', value: secret ?? secretPlaceholder },
    { name: 'API endpoint URL', value: baseUrl },
  ]
}
