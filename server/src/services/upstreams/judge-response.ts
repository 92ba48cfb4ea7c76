// What a response of an upstream to a test says: whether the credential is refused, the models that it lists, why it is an error.
import { MODELS_PATH } from '../../domain/endpoints/endpoints.ts'
import { upstreamPath } from '../../domain/endpoints/find-endpoint.ts'
import { isObject } from '../../domain/is-object.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { parseUpstreamError } from '../../domain/upstreams/parse-upstream-error.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { UpstreamReply } from './request-upstream.ts'
import { StepFailure } from './step-failure.ts'

const LISTED_MAX = 10_000
const QUOTED_MAX = 300

/** Throws where the upstream refuses the credential, or the lack of one. */
export function checkRefusal({ status }: UpstreamReply, { credential }: Upstream): void {
  if (status !== 401 && status !== 403) return
  if (credential === null)
    throw new StepFailure('CREDENTIAL_MISSING', `It wants a credential (${status}). Add one.`, { status })
  const message = `It refused the credential (${status}). Send the right secret, and check that the credential may do this.`
  throw new StepFailure('CREDENTIAL_REFUSED', message, { status })
}

/** The names that a response to /models lists: up to 10,000, of up to 256 characters. Throws where it is no list. */
export function modelsIn(response: UpstreamReply): string[] {
  const { status, json } = response
  if (status === 404) {
    const message =
      'It has no /models (404). Check that the base URL ends with the version, such as /v1; some upstreams have no list.'
    throw new StepFailure('NO_MODEL_LIST', message, { status })
  }
  if (status !== 200) throw errorResponse(upstreamPath(MODELS_PATH), response)
  const data = isObject(json) ? json.data : null
  if (!Array.isArray(data))
    throw new StepFailure('NOT_A_MODEL_LIST', '/models did not respond with a list of models.')
  return data
    .flatMap((entry: unknown) => (isObject(entry) && typeof entry.id === 'string' ? [entry.id] : []))
    .filter((name) => name !== '' && name.length <= 256)
    .slice(0, LISTED_MAX)
}

/** The failure of a response without success; `what` was requested. `model`: that was called; null: none was. */
export function errorResponse(
  what: string,
  { status, json }: UpstreamReply,
  model: string | null = null,
): StepFailure {
  const detail = { status, ...(model !== null && { model }) }
  if (status >= 300 && status < 400) {
    const message = `${what}: it responded with a redirect (${status}), which is not followed. Check the base URL.`
    return new StepFailure('REDIRECTED', message, detail)
  }
  const upstreamMessage = messageIn(json)
  return upstreamMessage === null
    ? new StepFailure('ERROR_STATUS', `${what}: it responded with status ${status}.`, detail)
    : new StepFailure('ERROR_STATUS', `${what}: it responded with status ${status}: ${upstreamMessage}`, {
        ...detail,
        upstreamMessage,
      })
}

/** What the steps after a response to /models say of the credential. */
export function acceptance({ status }: UpstreamReply, { credential }: Upstream) {
  if (status !== 200)
    return {
      code: 'CREDENTIAL_NOT_REFUSED',
      detail: { status },
      message: 'It did not refuse the credential.',
    } as const
  return credential === null
    ? ({
        code: 'CREDENTIAL_NOT_NEEDED',
        detail: {},
        message: 'It accepts calls without a credential.',
      } as const)
    : ({ code: 'CREDENTIAL_ACCEPTED', detail: {}, message: 'It accepted the credential.' } as const)
}

function messageIn(json: unknown): string | null {
  const message = parseUpstreamError(json, '')?.message ?? null
  return message === null ? null : printable(message, QUOTED_MAX)
}
