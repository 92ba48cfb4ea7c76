// First calls, ready to run, in the languages that people ask in.

export type SnippetValues = { secret: string; baseUrl: string; model: string }
export type Snippet = { id: string; title: string; text: (values: SnippetValues) => string }

const greeting = 'Say hello in one short sentence.'

export const snippets: readonly Snippet[] = [
  { id: 'curl', title: 'curl', text: curl },
  { id: 'python', title: 'Python', text: python },
  { id: 'node', title: 'Node', text: node },
  { id: 'env', title: '.env', text: env },
]

function curl({ secret, baseUrl, model }: SnippetValues): string {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: greeting }] })
  return [
    `curl ${shellQuoted(`${baseUrl}/chat/completions`)} \\`,
    `  -H ${shellQuoted(`Authorization: Bearer ${secret}`)} \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${shellQuoted(body)}`,
  ].join('\n')
}

function python({ secret, baseUrl, model }: SnippetValues): string {
  return `# pip install openai
from openai import OpenAI

client = OpenAI(
    base_url=${JSON.stringify(baseUrl)},
    api_key=${JSON.stringify(secret)},
)

answer = client.chat.completions.create(
    model=${JSON.stringify(model)},
    messages=[{"role": "user", "content": "${greeting}"}],
)
print(answer.choices[0].message.content)`
}

function node({ secret, baseUrl, model }: SnippetValues): string {
  return `// npm install openai
import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: ${JSON.stringify(baseUrl)},
  apiKey: ${JSON.stringify(secret)},
})

const answer = await client.chat.completions.create({
  model: ${JSON.stringify(model)},
  messages: [{ role: 'user', content: '${greeting}' }],
})
console.log(answer.choices[0].message.content)`
}

function env({ secret, baseUrl }: SnippetValues): string {
  return `OPENAI_BASE_URL=${baseUrl}\nOPENAI_API_KEY=${secret}`
}

/** One word for a POSIX shell, whatever is in it. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
