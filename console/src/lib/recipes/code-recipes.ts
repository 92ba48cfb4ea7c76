// Recipes for programs.
import type { RecipeBlock, RecipeValues } from './recipe.ts'
import { secretVariable, shellQuoted } from './recipe-text.ts'

const greeting = 'Say hello in one short sentence.'

/** One chat completion by curl. Without a secret it reads it from the environment, as those below do. */
export function curl({ secret, baseUrl, model }: RecipeValues): readonly RecipeBlock[] {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: greeting }] })
  const authorization =
    secret === null
      ? `"Authorization: Bearer $${secretVariable}"`
      : shellQuoted(`Authorization: Bearer ${secret}`)
  const text = [
    `curl ${shellQuoted(`${baseUrl}/chat/completions`)} \\`,
    `  -H ${authorization} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${shellQuoted(body)}`,
  ].join('\n')
  return [{ text }]
}

/** The same by the official SDK for Python. */
export function python({ secret, baseUrl, model }: RecipeValues): readonly RecipeBlock[] {
  const key = secret === null ? `os.environ["${secretVariable}"]` : JSON.stringify(secret)
  const text = `# pip install openai
${secret === null ? 'import os\n' : ''}from openai import OpenAI

client = OpenAI(
    base_url=${JSON.stringify(baseUrl)},
    api_key=${key},
)

completion = client.chat.completions.create(
    model=${JSON.stringify(model)},
    messages=[{"role": "user", "content": "${greeting}"}],
)
print(completion.choices[0].message.content)`
  return [{ text }]
}

/** The same by the official SDK for Node.js. */
export function node({ secret, baseUrl, model }: RecipeValues): readonly RecipeBlock[] {
  const key = secret === null ? `process.env.${secretVariable}` : JSON.stringify(secret)
  const text = `// npm install openai
import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: ${JSON.stringify(baseUrl)},
  apiKey: ${key},
})

const completion = await client.chat.completions.create({
  model: ${JSON.stringify(model)},
  messages: [{ role: 'user', content: '${greeting}' }],
})
console.log(completion.choices[0].message.content)`
  return [{ text }]
}

/** The same by LangChain for Python. */
export function langchain({ secret, baseUrl, model }: RecipeValues): readonly RecipeBlock[] {
  const key = secret === null ? `os.environ["${secretVariable}"]` : JSON.stringify(secret)
  const text = `# pip install langchain-openai
${secret === null ? 'import os\n' : ''}from langchain_openai import ChatOpenAI

llm = ChatOpenAI(
    base_url=${JSON.stringify(baseUrl)},
    api_key=${key},
    model=${JSON.stringify(model)},
)
print(llm.invoke("${greeting}").content)`
  return [{ text }]
}

/** The two variables that every official SDK of OpenAI reads. */
export function env({ secret, baseUrl }: RecipeValues): readonly RecipeBlock[] {
  return [{ file: '.env', text: `OPENAI_BASE_URL=${baseUrl}\nOPENAI_API_KEY=${secret ?? ''}` }]
}
