// Recipes for coding agents and editors: where each takes a base URL, a key and a model.
import type { RecipeBlock, RecipeValues } from './recipe.ts'
import { quoted, secretPlaceholder, shellQuoted } from './recipe-text.ts'

/** Through claude-code-router, which translates Anthropic's API into this one. */
export function claudeCode({ secret, baseUrl, model }: RecipeValues): readonly RecipeBlock[] {
  const provider = {
    name: 'latchkey',
    api_base_url: `${baseUrl}/chat/completions`,
    api_key: secret ?? secretPlaceholder,
    models: [model],
  }
  const config = { Providers: [provider], Router: { default: `latchkey,${model}` } }
  return [
    { file: '~/.claude-code-router/config.json', text: JSON.stringify(config, null, 2) },
    { text: 'npm install -g @anthropic-ai/claude-code @musistudio/claude-code-router\nccr code' },
  ]
}

/** Codex CLI: https://developers.openai.com/codex/config-reference. */
export function codex({ secret, baseUrl, model }: RecipeValues): readonly RecipeBlock[] {
  const config = `model = ${quoted(model)}
model_provider = "latchkey"

[model_providers.latchkey]
name = "Latchkey"
base_url = ${quoted(baseUrl)}
env_key = "LATCHKEY_API_KEY"
wire_api = "responses"`
  return [
    { file: '~/.codex/config.toml', text: config },
    { text: `export LATCHKEY_API_KEY=${shellQuoted(secret ?? secretPlaceholder)}\ncodex` },
  ]
}

/** OpenCode: https://opencode.ai/docs/providers. */
export function openCode({ secret, baseUrl, model }: RecipeValues): readonly RecipeBlock[] {
  const config = {
    $schema: 'https://opencode.ai/config.json',
    model: `latchkey/${model}`,
    provider: {
      latchkey: {
        npm: '@ai-sdk/openai-compatible',
        name: 'Latchkey',
        options: { baseURL: baseUrl, apiKey: '{env:LATCHKEY_API_KEY}' },
        models: { [model]: {} },
      },
    },
  }
  return [
    { file: 'opencode.json', text: JSON.stringify(config, null, 2) },
    { text: `export LATCHKEY_API_KEY=${shellQuoted(secret ?? secretPlaceholder)}\nopencode` },
  ]
}

/** The fields of Cursor's settings of models. */
export function cursor({ secret, baseUrl, model }: RecipeValues) {
  return [
    { name: 'OpenAI API Key', value: secret ?? secretPlaceholder },
    { name: 'Override OpenAI Base URL', value: baseUrl },
    { name: 'Add Custom Model', value: model },
  ]
}

/** The fields of Cline's settings of an API that is compatible with OpenAI's. */
export function cline({ secret, baseUrl, model }: RecipeValues) {
  return [
    { name: 'API Provider', value: 'OpenAI Compatible' },
    { name: 'Base URL', value: baseUrl },
    { name: 'OpenAI Compatible API Key', value: secret ?? secretPlaceholder },
    { name: 'Model ID', value: model },
  ]
}
