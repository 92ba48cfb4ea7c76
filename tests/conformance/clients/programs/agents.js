// OpenAI's Agents SDK: a run, a run as a stream and a run with a tool, over both of OpenAI's APIs, and what goes wrong.
import { Agent, OpenAIProvider, tool } from '@openai/agents'
import OpenAI from 'openai'
import { z } from 'zod'
import { overEachApi, runnerOf } from './openai-agents.js'
import { apiKey, baseURL, outcome, print, prompt } from './surroundings.js'

const weather = tool({
  name: 'weather',
  description: 'The weather of a city.',
  parameters: z.object({ city: z.string(), days: z.number().int() }),
  execute: async ({ city, days }) => `${days} sunny days in ${city}`,
})

await overEachApi(async (api, runner) => {
  const agent = (model, tools = []) => new Agent({ name: 'Agent', instructions: 'Be brief.', model, tools })

  print(`${api} whole`, await outcome(async () => said(await runner.run(agent('m1'), prompt))))
  print(
    `${api} stream`,
    await outcome(async () => {
      const stream = await runner.run(agent('m1'), prompt, { stream: true })
      const chunks = await Array.fromAsync(stream.toTextStream())
      await stream.completed
      return { ...said(stream), chunks }
    }),
  )
  print(`${api} tool`, await outcome(async () => said(await runner.run(agent('m1', [weather]), prompt))))
  print(
    `${api} tool in a stream`,
    await outcome(async () => {
      const stream = await runner.run(agent('m1', [weather]), prompt, { stream: true })
      const events = await Array.fromAsync(stream)
      return { ...said(stream), events: events.map(({ type, name }) => name ?? type) }
    }),
  )
  // What goes wrong with a WebSocket is for it to tell.
  if (api === 'socket') return

  print(`${api} error`, await outcome(() => runner.run(agent('missing-model'), prompt)))
  print(`${api} limit`, await outcome(() => runner.run(agent('rate-limited-always'), prompt)))
  print(`${api} retry`, await outcome(async () => said(await runner.run(agent('broken-once'), prompt))))
  print(
    `${api} failure in a stream`,
    await outcome(async () => {
      const stream = await runner.run(agent('failing-late'), prompt, { stream: true })
      await Array.fromAsync(stream)
      await stream.completed
      return said(stream)
    }),
  )
  const openAIClient = new OpenAI({ apiKey, baseURL, timeout: 1_500, maxRetries: 0 })
  const impatient = runnerOf(new OpenAIProvider({ openAIClient, useResponses: api === 'responses' }))
  print(`${api} timeout`, await outcome(() => impatient.run(agent('unreachable'), prompt)))
})

const runner = runnerOf(new OpenAIProvider({ apiKey, baseURL, useResponses: false }))
print(
  'client disconnected',
  await outcome(async () => {
    const controller = new AbortController()
    const agent = new Agent({ name: 'Agent', model: 'stalling' })
    const stream = await runner.run(agent, prompt, { stream: true, signal: controller.signal })
    const chunks = []
    for await (const chunk of stream.toTextStream()) {
      chunks.push(chunk)
      if (chunks.length === 2) controller.abort()
    }
    return chunks
  }),
)

function said({ finalOutput, history, rawResponses }) {
  return { finalOutput, history, usage: rawResponses.map(({ usage }) => usage) }
}
