// The models that a message of a realtime session names, as one that sets what transcribes: the URL of the session has named another.
import { type CallError, callError } from '../../domain/errors.ts'
import { isObject } from '../../domain/is-object.ts'
import type { RequestLine } from '../../domain/policy/judge-call.ts'
import { countModelKeys, countModelKeysInText, modelsIn } from '../../domain/policy/model-members.ts'
import { hasMoreValues } from '../../http/wire/json-values.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { refusedModel } from '../admission/apply-rules.ts'

// A member for a model, in whatever letters; or an escape, which could hide one.
const SIGN = /model|\\u00/i
// Tools and settings of any session fit.
const VALUES_MAX = 50_000

/**
 * The error of a message that names a model which the key may not use, or that cannot be judged; null where there is none. `known`:
 * what the model of the session is called, which has been judged.
 */
export function refusedMessage(
  key: GovernedKey | null,
  line: RequestLine,
  message: Buffer,
  known: readonly (string | null)[],
): CallError | null {
  const hasModelRule =
    key?.policy?.fixed.some(({ rule, mode }) => rule === 'MODEL' && mode === 'ENFORCE') === true
  if (!hasModelRule) return null
  const text = message.toString('utf8')
  if (!SIGN.test(text)) return null
  const event = hasMoreValues(message, VALUES_MAX) ? undefined : parsedJson(text)
  if (!isObject(event) || countModelKeysInText(text) !== countModelKeys(event))
    return callError('invalid_request', { param: 'model', message: UNREADABLE })
  for (const model of modelsIn('', event)) {
    const refusal = known.includes(model) ? null : refusedModel(key, line, model)
    if (refusal !== null) return refusal
  }
  return null
}

const UNREADABLE =
  'This API key may use certain models only, and a message could not be judged: it must be JSON that names each model once.'
