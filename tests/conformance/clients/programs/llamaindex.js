// LlamaIndex: chat, a stream and an agent with a tool, over both of OpenAI's APIs; embeddings; an error.

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
  ['chat', (model) => new OpenAI({ model, apiKey, baseURL, maxRetries: 1 })],
  ['responses', (model) => openaiResponses({ model, apiKey, baseURL, maxRetries: 1 })],
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
}

const embedding = new OpenAIEmbedding({ model: 'embed-1', apiKey, baseURL, dimensions: 6 })
print('embedding', await outcome(() => embedding.getTextEmbedding('Grüezi')))
print('embeddings', await outcome(() => embedding.getTextEmbeddings(['a', 'b', 'c'])))
