// OpenAI's Agents SDK: a run, a run as a stream and a run with a tool, over both of OpenAI's APIs, and an error.
import { Agent, OpenAIProvider, Runner, tool } from '@openai/agents'
import { z } from 'zod'
import { apiKey, baseURL, outcome, print, prompt } from './surroundings.js'

const weather = tool({
  name: 'weather',
  description: 'The weather of a city.',
  parameters: z.object({ city: z.string(), days: z.number().int() }),
  execute: async ({ city, days }) => `${days} sunny days in ${city}`,
})

for (const [api, useResponses] of [
  ['responses', true],
  ['chat', false],
]) {
  const modelProvider = new OpenAIProvider({ apiKey, baseURL, useResponses })
  // Traces would go to OpenAI.
  const runner = new Runner({ modelProvider, tracingDisabled: true })
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
  print(`${api} error`, await outcome(() => runner.run(agent('missing-model'), prompt)))
}

function said({ finalOutput, history, rawResponses }) {
  return { finalOutput, history, usage: rawResponses.map(({ usage }) => usage) }
}
