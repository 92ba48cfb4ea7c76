// OpenAI's own SDK, configured as an application does.
import OpenAI, { type ClientOptions } from 'openai'
import type { Side } from './direct-and-through.ts'

/** A client of one side. What the environment may say of an account is left out. */
export function openAi(
  { baseURL, apiKey, fetch }: Pick<Side, 'baseURL' | 'apiKey'> & Partial<Pick<Side, 'fetch'>>,
  options: ClientOptions = {},
): OpenAI {
  return new OpenAI({
    baseURL,
    apiKey,
    ...(fetch === undefined ? {} : { fetch }),
    organization: null,
    project: null,
    ...options,
  })
}
