// The same call for a shell. The key is read from the environment, so that the command can be passed on.
import type { RequestLog } from '@latchkey/sdk'

/** What the request said is not known here: of a model call the body is the least that its endpoint takes. */
export function callAsCurl(
  log: Pick<RequestLog, 'method' | 'endpoint' | 'requestedModel' | 'streamed'>,
  origin: string,
): string {
  const lines = [`curl ${quoted(`${origin}${log.endpoint}`)}`]
  if (log.method !== 'GET') lines.push(`-X ${log.method}`)
  lines.push('-H "Authorization: Bearer $OPENAI_API_KEY"')
  if (log.method === 'POST') {
    lines.push(`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(bodyOf(log)))}`)
  }
  return lines.join(' \\\n  ')
}

function bodyOf({
  endpoint,
  requestedModel,
  streamed,
}: Pick<RequestLog, 'endpoint' | 'requestedModel' | 'streamed'>): Record<string, unknown> {
  const model = requestedModel === null ? {} : { model: requestedModel }
  const stream = streamed ? { stream: true } : {}
  if (endpoint.endsWith('/chat/completions'))
    return { ...model, ...stream, messages: [{ role: 'user', content: 'Hello!' }] }
  if (endpoint.endsWith('/completions')) return { ...model, ...stream, prompt: 'Hello!' }
  return { ...model, ...stream, input: 'Hello!' }
}

/** One word for a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
