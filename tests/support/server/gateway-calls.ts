// Calls of the gateway as an application makes them.
import type { TestLatchkey } from './latchkey.ts'

export type ErrorBody = {
  error: { message: string; type: string; param: string | null; code: string | null }
}

/** A chat request; `fields` come beside or in place of model and messages. */
export function chatBody(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({ model: 'm1', messages: [{ role: 'user', content: 'hello' }], ...fields })
}

/** Posts JSON with a key as a bearer token. */
export function post(
  { url }: Pick<TestLatchkey, 'url'>,
  secret: string,
  path: string,
  body: RequestInit['body'],
  init: RequestInit = {},
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    body,
    ...init,
    headers: {
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      ...(init.headers as Record<string, string> | undefined),
    },
  })
}

/** Posts a chat request. */
export function chat(
  latchkey: Pick<TestLatchkey, 'url'>,
  secret: string,
  fields: Record<string, unknown> = {},
  init: RequestInit = {},
): Promise<Response> {
  return post(latchkey, secret, '/v1/chat/completions', chatBody(fields), init)
}

/** The body of an error response, checked to have OpenAI's four members and no other. */
export async function errorOf(response: Response): Promise<ErrorBody['error']> {
  const { error, ...others } = (await response.json()) as ErrorBody
  const names = Object.keys(error ?? {}).sort()
  if (Object.keys(others).length > 0 || names.join() !== 'code,message,param,type')
    throw new Error(`not an OpenAI error: ${JSON.stringify({ error, ...others })}`)
  return error
}

/** All that arrived of a body; `whole` false: the connection was aborted before its end. */
export async function readAll(response: Response): Promise<{ text: string; whole: boolean }> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk)
    return { text: Buffer.concat(chunks).toString(), whole: true }
  } catch {
    return { text: Buffer.concat(chunks).toString(), whole: false }
  }
}
