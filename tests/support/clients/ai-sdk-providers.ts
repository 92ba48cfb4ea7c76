// The providers of Vercel's AI SDK, configured as an application does.
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { Side } from './direct-and-through.ts'

/** OpenAI's own, for chat and for responses. */
export const openAi = ({ baseURL, apiKey, fetch }: Side) => createOpenAI({ baseURL, apiKey, fetch })
/** The one for servers that are like OpenAI's. */
export const compatible = ({ baseURL, apiKey, fetch }: Side) =>
  createOpenAICompatible({
    name: 'latchkey',
    baseURL,
    apiKey,
    fetch,
    includeUsage: true,
    supportsStructuredOutputs: true,
  })
