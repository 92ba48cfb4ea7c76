// LlamaIndex: chat, a stream and an agent with a tool, over both of OpenAI's APIs, and what goes wrong; embeddings.

import { tool } from '@llamaindex/core/tools'
import { OpenAI, OpenAIEmbedding, openaiResponses } from '@llamaindex/openai'
import { agent } from '@llamaindex/workflow'
import { z } from 'zod'
import { apiKey, baseURL, outcome, print, prompt } from './surroundings.js'

const weather = tool({
  name: 'weather',
  description: 'The weather of a city.',
  parameters: z.object({ city: z.string(), days: z.number().int() }),
  execute: ({ city, days }) => `${days} sunny days in ${city}`,
})
const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: prompt },
]

for (const [api, llm] of [
  ['chat', (model, more) => new OpenAI({ model, apiKey, baseURL, maxRetries: 1, ...more })],
  ['responses', (model, more) => openaiResponses({ model, apiKey, baseURL, maxRetries: 1, ...more })],
]) {
  print(`${api} whole`, await outcome(() => llm('m1').chat({ messages })))
  print(
    `${api} stream`,
    await outcome(async () => {
      const chunks = await Array.fromAsync(await llm('m1').chat({ messages, stream: true }))
      return chunks.map(({ delta }) => delta)
    }),
  )
  print(
    `${api} tool`,
    await outcome(async () => {
      const { data } = await agent({ llm: llm('m1'), tools: [weather] }).run(prompt)
      return data.result
    }),
  )
  print(`${api} error`, await outcome(() => llm('missing-model').chat({ messages })))
  print(`${api} limit`, await outcome(() => llm('rate-limited-always').chat({ messages })))
  print(`${api} retry`, await outcome(() => llm('broken-once').chat({ messages })))
  print(
    `${api} failure in a stream`,
    await outcome(async () => {
      const chunks = await Array.fromAsync(await llm('failing-late').chat({ messages, stream: true }))
      return chunks.map(({ delta }) => delta)
    }),
  )
  const impatient = llm('unreachable', { timeout: 1_500, maxRetries: 0 })
  print(`${api} timeout`, await outcome(() => impatient.chat({ messages })))
}

const embedding = new OpenAIEmbedding({ model: 'embed-1', apiKey, baseURL, dimensions: 6 })
print('embedding', await outcome(() => embedding.getTextEmbedding('Grüezi')))
print('embeddings', await outcome(() => embedding.getTextEmbeddings(['a', 'b', 'c'])))

print(
  'client disconnected',
  await outcome(async () => {
    const llm = new OpenAI({ model: 'stalling', apiKey, baseURL })
    for await (const { delta } of await llm.chat({ messages, stream: true })) if (delta !== '') return delta
  }),
)
// It does not end a stream that nobody reads any more; the end of its process does.
process.exit()
