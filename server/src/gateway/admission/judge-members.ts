// Judges every member of a body by which an upstream could come to another model, or to another size, than the rules of the key
// have judged. For keys with a policy alone.
import type { IncomingHttpHeaders } from 'node:http'
import { type CallError, callError } from '../../domain/errors.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { misspelledName } from '../../domain/member-names.ts'
import { deniedModelTest } from '../../domain/models/name-pattern.ts'
import type { CountedRule } from '../../domain/policy/compile-policy.ts'
import type { RequestLine } from '../../domain/policy/judge-call.ts'
import {
  choosesModel,
  countModelKeys,
  countModelKeysInText,
  headerChoosesModel,
  isContent,
  JUDGED_MEMBERS,
  modelsIn,
  namesModel,
} from '../../domain/policy/model-members.ts'
import { type ObjectScan, type Span, scanBody } from '../../http/wire/json-scan.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import type { GovernedKey } from './admission.ts'
import { refusedModel } from './apply-rules.ts'

// Tools and settings of any request fit; to parse it takes some milliseconds.
const MEMBER_MAX_BYTES = 1024 * 1024

/** The error of a JSON body whose members could mean another call than is judged; null where there is none. `model`: of `model`. */
export function judgeMembers(
  key: GovernedKey,
  line: RequestLine,
  bytes: Buffer,
  model: string | null,
): CallError | null | Promise<CallError | null> {
  if (key.policy === null) return null
  const scanning = scanBody(bytes, null)
  return scanning instanceof Promise
    ? scanning.then((scan) => judge(key, line, bytes, model, scan))
    : judge(key, line, bytes, model, scanning)
}

/** The error of a request with a header by which an upstream could come to another model than is judged; null where there is none. */
export function judgeHeaders(key: GovernedKey | null, headers: IncomingHttpHeaders): CallError | null {
  if (key === null || key.policy === null) return null
  if (OTHER_CHARSET.test(headers['content-type'] ?? '')) return callError('unsupported_media_type')
  if (!hasModelRule(key)) return null
  for (const name in headers) if (headerChoosesModel(name)) return mayChoose(name)
  return null
}

// JSON is UTF-8 (RFC 8259 §8.1). An upstream that goes by another charset would read other members, or fields of a form, than are judged.
const OTHER_CHARSET = /;\s*charset(?!\s*=\s*"?(utf-?8|us-ascii)"?\s*(;|$))/i

/** The error of a form with a field that could choose another model than `model`; null where there is none. */
export function judgeFieldNames(key: GovernedKey, names: Iterable<string>): CallError | null {
  if (!hasModelRule(key)) return null
  for (const name of names) {
    const isOther = name !== 'model' && (namesModel(name) || choosesModel(name.toLowerCase()))
    if (isOther) return mayChoose(name)
  }
  return null
}

function judge(
  key: GovernedKey,
  line: RequestLine,
  bytes: Buffer,
  model: string | null,
  scan: ObjectScan | null,
): CallError | null {
  // It has been read as an object, so a member stands in it many times, or there are too many.
  if (scan === null) return TOO_MANY
  for (const [name, spans] of scan.members)
    if (spans.length > 1) return refusal(name, 'stands more than once')
  const misspelled = misspelledName(scan.members.keys(), JUDGED_MEMBERS)
  if (misspelled !== null) return refusal(misspelled, 'is not spelled in lower case')
  if (!hasModelRule(key)) return null
  for (const [name, [span]] of scan.members) {
    if (name === 'model' || span === undefined || isContent(name) || isScalar(name, bytes, span)) continue
    if (span.end - span.start > MEMBER_MAX_BYTES)
      return refusal(name, `is larger than the ${MEMBER_MAX_BYTES} bytes that are judged`)
    const text = bytes.toString('utf8', span.start, span.end)
    const value = parsedJson(text)
    if (value === undefined) return callError('invalid_json')
    if (choosesModel(name, value)) return mayChoose(name)
    if (countModelKeysInText(text) !== countModelKeys(value))
      return refusal(name, 'has a member for a model that stands more than once')
    for (const named of modelsIn(name, value)) {
      const refused = refusedModel(key, line, named) ?? uncounted(key, name, model, named)
      if (refused !== null) return refused
    }
  }
  return null
}

/** Numbers and the like name nothing; nor does a text, but for a member that names a model or chooses one. */
function isScalar(name: string, bytes: Buffer, { start }: Span): boolean {
  const first = String.fromCharCode(bytes[start] ?? 0)
  if (first === '{' || first === '[') return false
  return first !== '"' || !(namesModel(name) || choosesModel(name))
}

/** Whether there is a rule that is about some models and not about others. */
function hasModelRule(key: GovernedKey): boolean {
  if (key.policy === null) return false
  const { models } = key.policy.source
  return (
    models?.mode === 'ENFORCE' ||
    countedRules(key).some(({ model, mode }) => model !== null && mode === 'ENFORCE')
  )
}

/** The key's own, and those that it shares. */
function countedRules({ policy, shared = [] }: GovernedKey): readonly CountedRule[] {
  const own = policy?.counted ?? []
  return shared.length === 0 ? own : [...own, ...shared.flatMap((one) => one.policy.counted)]
}

/** A call is in the counts of its `model` alone. An upstream may know the other one without its provider or its variant. */
function uncounted(key: GovernedKey, name: string, model: string | null, named: string): CallError | null {
  const isCounted = countedRules(key).every(
    (rule) => rule.model === null || rule.concerns(model) || !deniedModelTest([rule.model])(named),
  )
  return isCounted ? null : mayChoose(name)
}

function mayChoose(name: string): CallError {
  return refusal(name, 'may choose another model than `model`')
}

function refusal(name: string, problem: string): CallError {
  const shown = printable(name, 100) ?? ''
  return callError('invalid_request', {
    param: shown,
    message: `\`${shown}\` ${problem}, which this API key may not send: it has rules.`,
  })
}

const TOO_MANY = callError('invalid_request', {
  message:
    'The request has a member many times, or more than 1000 members, which this API key may not send: it has rules.',
})
