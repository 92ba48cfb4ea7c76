// OpenAI's Agents SDK where a call is refused, or its response breaks off, over both of OpenAI's APIs and a WebSocket.
import { Agent } from '@openai/agents'
import { overEachApi } from './openai-agents.js'
import { outcome, print, prompt } from './surroundings.js'

await overEachApi(async (api, runner) => {
  for (const model of ['m1', 'breaking-off'])
    print(
      `${api} ${model}`,
      await outcome(async () => {
        const stream = await runner.run(new Agent({ name: 'Agent', model }), prompt, { stream: true })
        await Array.fromAsync(stream)
        await stream.completed
        return { finalOutput: stream.finalOutput }
      }),
    )
})
