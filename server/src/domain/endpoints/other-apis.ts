// Recognises requests for the APIs of other providers, which clients send here where their base URL is the gateway's.
import { type CallError, callError } from '../errors.ts'
import { CHAT_COMPLETIONS_PATH, WIRE_ROOT } from './endpoints.ts'

const ANTHROPIC = 'Anthropic Messages API'
const GEMINI = 'Gemini API'
const AZURE = 'Azure OpenAI API with deployments'
const COHERE = 'Cohere API'

// By the first segment below the root of the OpenAI API.
const BELOW_ROOT: ReadonlyMap<string, string> = new Map([
  ['messages', ANTHROPIC],
  ['complete', ANTHROPIC],
  ['rerank', COHERE],
  ['embed', COHERE],
  ['generate', COHERE],
])

// By the first segment of a path elsewhere.
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['anthropic', ANTHROPIC],
  ['v1beta', GEMINI],
  ['v1beta1', GEMINI],
  ['v1beta2', GEMINI],
  ['v1alpha', GEMINI],
  ['gemini', GEMINI],
  ['openai', AZURE],
  ['v2', COHERE],
])

// Methods of Google's APIs stand behind a colon: https://google.aip.dev/136.
const GOOGLE_METHOD =
  /:(?:streamGenerateContent|generateContent|countTokens|embedContent|batchEmbedContents|predict|rawPredict|streamRawPredict|generateAnswer)$/
const BEDROCK = /^\/model\/[^/]+\/(?:converse|converse-stream|invoke|invoke-with-response-stream)$/
const OLLAMA = /^\/api\/(?:chat|generate|embed|embeddings|tags|show|ps|pull)$/

/** The error of a path, without query, that is of another provider's API; null where it is of none that is known. */
export function otherApiError(path: string): CallError | null {
  const name = otherApi(path)
  if (name === null) return null
  return callError('unknown_url', {
    message: `The ${name} is not served here yet. This gateway serves the OpenAI API under ${WIRE_ROOT}: set ${WIRE_ROOT} as the path of your client's base URL, and send calls such as POST ${CHAT_COMPLETIONS_PATH}.`,
  })
}

function otherApi(path: string): string | null {
  const [, first = '', second = ''] = path.split('/', 3)
  const known = `/${first}` === WIRE_ROOT ? BELOW_ROOT.get(second) : ELSEWHERE.get(first)
  if (known !== undefined) return known
  if (GOOGLE_METHOD.test(path)) return GEMINI
  if (BEDROCK.test(path)) return 'Amazon Bedrock API'
  return OLLAMA.test(path) ? 'Ollama API' : null
}
