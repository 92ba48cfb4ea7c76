// OpenAI's Agents SDK where a call is refused, or its response breaks off, over both of OpenAI's APIs and a WebSocket.
import { Agent, OpenAIProvider, Runner } from '@openai/agents'
import { apiKey, baseURL, outcome, print, prompt } from './surroundings.js'

for (const [api, useResponses, useResponsesWebSocket] of [
  ['responses', true, false],
  ['chat', false, false],
  ['socket', true, true],
]) {
  const modelProvider = new OpenAIProvider({ apiKey, baseURL, useResponses, useResponsesWebSocket })
  // Traces would go to OpenAI.
  const runner = new Runner({ modelProvider, tracingDisabled: true })
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
  await modelProvider.close()
}
