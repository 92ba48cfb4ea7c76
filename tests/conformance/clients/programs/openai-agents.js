// OpenAI's Agents SDK over each of OpenAI's APIs, and over a WebSocket.
import { OpenAIProvider, Runner } from '@openai/agents'
import { apiKey, baseURL } from './surroundings.js'

/** Calls `use` with the name of each and its runner, one after the other. */
export async function overEachApi(use) {
  for (const [api, useResponses, useResponsesWebSocket] of [
    ['responses', true, false],
    ['chat', false, false],
    ['socket', true, true],
  ]) {
    const modelProvider = new OpenAIProvider({ apiKey, baseURL, useResponses, useResponsesWebSocket })
    await use(api, runnerOf(modelProvider))
    await modelProvider.close()
  }
}

/** A runner whose traces do not go to OpenAI. */
export function runnerOf(modelProvider) {
  return new Runner({ modelProvider, tracingDisabled: true })
}
