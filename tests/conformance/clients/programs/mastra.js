// Mastra with a server that is like OpenAI's: text, a stream and a tool, over both of OpenAI's APIs, and what goes wrong.
import { Agent } from '@mastra/core/agent'
import { createTool } from '@mastra/core/tools'
import { z } from 'zod'
import { apiKey, baseURL, outcome, print, prompt } from './surroundings.js'

const weather = createTool({
  id: 'weather',
  description: 'The weather of a city.',
  inputSchema: z.object({ city: z.string(), days: z.number().int() }),
  execute: async ({ city, days }) => `${days} sunny days in ${city}`,
})

for (const api of ['chat', 'responses']) {
  const agent = (modelId, tools = {}, maxRetries = 0) =>
    new Agent({
      id: 'agent',
      name: 'Agent',
      instructions: 'Be brief.',
      model: { providerId: 'latchkey', modelId, url: baseURL, apiKey, api },
      tools,
      maxRetries,
    })
  print(`${api} whole`, await outcome(async () => said(await agent('m1').generate(prompt))))
  print(
    `${api} stream`,
    await outcome(async () => {
      const stream = await agent('m1').stream(prompt)
      const chunks = await Array.fromAsync(stream.textStream)
      return { chunks, usage: await stream.usage }
    }),
  )
  print(`${api} tool`, await outcome(async () => said(await agent('m1', { weather }).generate(prompt))))
  print(
    `${api} tool in a stream`,
    await outcome(async () => {
      const stream = await agent('m1', { weather }).stream(prompt)
      return { text: await stream.text, usage: await stream.usage }
    }),
  )
  print(`${api} error`, await outcome(async () => said(await agent('missing-model').generate(prompt))))
  print(`${api} limit`, await outcome(async () => said(await agent('rate-limited-always').generate(prompt))))
  print(`${api} retry`, await outcome(async () => said(await agent('broken-once', {}, 1).generate(prompt))))
  print(
    `${api} failure in a stream`,
    await outcome(async () => {
      const { fullStream } = await agent('failing-late').stream(prompt)
      return (await Array.fromAsync(fullStream)).map(({ type, payload }) => [type, payload?.error?.message])
    }),
  )
  print(
    `${api} timeout`,
    await outcome(async () =>
      said(await agent('unreachable').generate(prompt, { abortSignal: AbortSignal.timeout(1_500) })),
    ),
  )
}
print(
  'client disconnected',
  await outcome(async () => {
    const controller = new AbortController()
    const model = { providerId: 'latchkey', modelId: 'stalling', url: baseURL, apiKey, api: 'chat' }
    const agent = new Agent({ id: 'agent', name: 'Agent', instructions: '', model, maxRetries: 0 })
    const { fullStream } = await agent.stream(prompt, { abortSignal: controller.signal })
    const types = []
    for await (const { type } of fullStream) {
      types.push(type)
      if (type === 'text-delta') controller.abort()
    }
    return types
  }),
)

function said({ text, usage, finishReason, toolResults }) {
  return { text, usage, finishReason, toolResults: toolResults.map(({ payload }) => payload) }
}
