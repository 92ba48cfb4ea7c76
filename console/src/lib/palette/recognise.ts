// What a text that is pasted into the command palette is.
import { isMadeSecret } from '#lib/keys/secret-text.ts'
import { isRequestId } from '#lib/logs/query/request-id.ts'

export type Recognised =
  | { kind: 'request'; id: string }
  | { kind: 'key'; id: string }
  | { kind: 'secret'; secret: string }
  | { kind: 'text'; text: string }

/**
 * A request id is looked up before a secret: both may be long, and only one of them is worth hiding. A secret that was imported can look
 * like the name of a model, so it is a text; keys are searched for it as for a secret.
 */
export function recognise(pasted: string): Recognised {
  const text = pasted.trim()
  if (isRequestId(text)) return { kind: 'request', id: text.toLowerCase() }
  if (/^key_\d{1,15}$/i.test(text)) return { kind: 'key', id: text.toLowerCase() }
  if (isMadeSecret(text)) return { kind: 'secret', secret: text }
  return { kind: 'text', text }
}
