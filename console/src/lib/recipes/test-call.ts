// One short call of /v1/chat/completions with a new secret: the same request that an application sends.

import { errorCodeHeader } from '#lib/errors/call-error-text.ts'
import { at } from '#lib/json-at.ts'

export type CallOutcome =
  | { kind: 'ok'; requestId: string | null; model: string; text: string; ms: number }
  /** `status`: null where there was no response at all. */
  | { kind: 'failed'; requestId: string | null; status: number | null; code: string; fromUpstream: boolean }

const timeoutMs = 60_000

/** Never rejects. The secret is sent to this server alone, in the header that applications send it in. */
export async function testCall(secret: string, model: string): Promise<CallOutcome> {
  const started = performance.now()
  try {
    const response = await fetch('/v1/chat/completions', {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model,
        messages: [{ role: 'user', content: 'Say hello in one short sentence.' }],
      }),
      signal: AbortSignal.timeout(timeoutMs),
      // The session of the console is no part of the call.
      credentials: 'omit',
      cache: 'no-store',
    })
    const requestId = response.headers.get('x-request-id')
    const body: unknown = await response.json().catch(() => null)
    if (response.ok) {
      return {
        kind: 'ok',
        requestId,
        model: text(at(body, 'model')) || model,
        text: text(at(body, 'choices', '0', 'message', 'content')),
        ms: performance.now() - started,
      }
    }
    const code = response.headers.get(errorCodeHeader) || text(at(body, 'error', 'code'))
    const fromUpstream = response.headers.get('x-latchkey-error-source') === 'upstream'
    return { kind: 'failed', requestId, status: response.status, code, fromUpstream }
  } catch {
    return { kind: 'failed', requestId: null, status: null, code: '', fromUpstream: false }
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value.slice(0, 500) : '')
