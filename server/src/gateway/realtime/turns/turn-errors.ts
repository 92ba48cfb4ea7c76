// The errors of the model calls of a WebSocket of the Responses API.
import { RESPONSES_PATH } from '../../../domain/endpoints/endpoints.ts'
import { type CallError, callError } from '../../../domain/errors.ts'
import { isObject } from '../../../domain/is-object.ts'

/** Responses in progress: far above what an upstream works on at once for one connection; each holds its key's rules. */
export const TURNS_MAX = 64

/** A budget or a limit of tokens that is spent, and a key that may make no calls: nothing that follows would be let in. */
export function endsSession({ code, httpStatus }: CallError): boolean {
  return httpStatus === 401 || code === 'budget_exhausted' || code === 'token_limit_reached'
}

/** The HTTP status that an error event names, from 400 to 599; 500 where it names none. */
export function statusIn(parsed: unknown): number {
  const status = isObject(parsed) ? parsed.status : undefined
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 600
    ? status
    : 500
}

/** The message that is no `response.create` names a model. */
export function notHere(type: string): CallError {
  return callError('invalid_request', {
    param: 'model',
    message: `A message of type ${JSON.stringify(type.slice(0, 100))} must not name a model; send \`response.create\`.`,
  })
}

/** Of a key with a policy. */
export const CREATE_ALONE = callError('invalid_request', {
  message: 'This API key has rules: send `response.create`. Messages of other types are not sent for it.',
})
/** Of a key with a policy. */
export const ONE_AT_ONCE = callError('invalid_request', {
  message:
    'This API key has rules, and one response at once on a WebSocket: wait for its end, or open another.',
})

/** No more than TURNS_MAX are in progress. */
export function tooMany(): CallError {
  return callError('invalid_request', {
    message: `This WebSocket has ${TURNS_MAX} responses in progress already. Wait for one of them to end.`,
  })
}

/** The model's routes go to other upstreams than the WebSocket. */
export function elsewhere(model: string): CallError {
  return callError('model_not_found', {
    param: 'model',
    message: `The model ${JSON.stringify(model.slice(0, 100))} is not at the upstream that this WebSocket is open to. Send the call over HTTP to ${RESPONSES_PATH}.`,
  })
}
