// A request of the playground as a program would make it. The secret is in an environment variable, never in the code.
import { shellQuoted } from '#lib/recipes/recipe-text.ts'
import type { PlaygroundRequest } from './playground-request.ts'

export const languages = ['curl', 'Python', 'Node'] as const
export type Language = (typeof languages)[number]

const variable = 'LATCHKEY_API_KEY'
// What an attached picture is long for.
const dataUrlChars = 200

/** `origin`: of this server, as `http://127.0.0.1:8000`. */
export function requestCode(language: Language, request: PlaygroundRequest, origin: string): string {
  switch (language) {
    case 'curl':
      return curl(request, origin)
    case 'Python':
      return python(request, origin)
    case 'Node':
      return node(request, origin)
  }
}

/** Whether the code leaves out most of what an attached picture has. */
export function isShortened(request: PlaygroundRequest): boolean {
  return 'json' in request && JSON.stringify(request.json) !== JSON.stringify(shortened(request.json))
}

function curl(request: PlaygroundRequest, origin: string): string {
  const lines = [
    `curl ${shellQuoted(`${origin}${request.path}`)}`,
    `  -H "Authorization: Bearer $${variable}"`,
  ]
  if ('form' in request) {
    lines.push(
      `  -F ${shellQuoted(`model=${request.form.model}`)}`,
      `  -F ${shellQuoted(`file=@${request.form.file.name}`)}`,
    )
  } else {
    if (request.json.stream === true) lines[0] = `${lines[0]} -N`
    lines.push(
      `  -H 'Content-Type: application/json'`,
      `  -d ${shellQuoted(JSON.stringify(shortened(request.json), null, 2))}`,
    )
    if (request.path.endsWith('/speech')) lines.push('  -o speech.mp3')
  }
  return lines.join(' \\\n')
}

function python(request: PlaygroundRequest, origin: string): string {
  const head = `# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url=${JSON.stringify(`${origin}/v1`)}, api_key=os.environ["${variable}"])
`
  if ('form' in request)
    return `${head}
with open(${JSON.stringify(request.form.file.name)}, "rb") as recording:
    transcription = client.audio.transcriptions.create(model=${JSON.stringify(request.form.model)}, file=recording)
print(transcription.text)`
  const members = Object.entries(shortened(request.json) as object)
  const args = members.map(([name, value]) => `    ${name}=${pythonLiteral(value, '    ')},\n`).join('')
  if (request.path.endsWith('/speech'))
    return `${head}
with client.audio.speech.with_streaming_response.create(
${args}) as response:
    response.stream_to_file("speech.mp3")`
  if (request.path.endsWith('/generations'))
    return `${head}
images = client.images.generate(
${args})
print(images.data[0].url or images.data[0].b64_json[:60])`
  return `${head}
stream = client.chat.completions.create(
${args})
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="")`
}

function node(request: PlaygroundRequest, origin: string): string {
  const isFile = 'form' in request || request.path.endsWith('/speech')
  const head = `// npm install openai
${isFile ? "import fs from 'node:fs'\n" : ''}import OpenAI from 'openai'

const client = new OpenAI({ baseURL: ${JSON.stringify(`${origin}/v1`)}, apiKey: process.env.${variable} })
`
  if ('form' in request)
    return `${head}
const transcription = await client.audio.transcriptions.create({
  model: ${JSON.stringify(request.form.model)},
  file: fs.createReadStream(${JSON.stringify(request.form.file.name)}),
})
console.log(transcription.text)`
  const args = JSON.stringify(shortened(request.json), null, 2)
  if (request.path.endsWith('/speech'))
    return `${head}
const speech = await client.audio.speech.create(${args})
fs.writeFileSync('speech.mp3', Buffer.from(await speech.arrayBuffer()))`
  if (request.path.endsWith('/generations'))
    return `${head}
const images = await client.images.generate(${args})
console.log(images.data[0].url ?? images.data[0].b64_json.slice(0, 60))`
  return `${head}
const stream = await client.chat.completions.create(${args})
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '')`
}

/** JSON as Python writes it. */
function pythonLiteral(value: unknown, indent: string): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const deeper = `${indent}    `
  const members = Array.isArray(value)
    ? value.map((each) => pythonLiteral(each, deeper))
    : Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}: ${pythonLiteral(each, deeper)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const short = `${open}${members.join(', ')}${close}`
  if (short.length <= 60 && !short.includes('\n')) return short
  return `${open}\n${members.map((each) => `${deeper}${each},\n`).join('')}${indent}${close}`
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string')
    return value.startsWith('data:') && value.length > dataUrlChars
      ? `${value.slice(0, value.indexOf(',') + 1)}…`
      : value
  if (Array.isArray(value)) return value.map(shortened)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shortened(each)]))
}
