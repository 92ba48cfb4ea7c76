// A request for a session that is opened later, read: JSON, the form of a WebRTC call (an offer and a `session`), or an offer alone.
// https://platform.openai.com/docs/api-reference/realtime-calls/create-call
import { type CallError, callError } from '../../../domain/errors.ts'
import { printable } from '../../../domain/logs/printable-text.ts'
import { misspelledInSession, renamedSession, sessionModels } from '../../../domain/policy/session-models.ts'
import type { Exchange } from '../../../http/server/exchange.ts'
import { boundaryIn, isMultipartForm } from '../../../http/wire/multipart/boundary.ts'
import { type Edit, fieldEdits } from '../../../http/wire/multipart/edit-form.ts'
import { type FormField, FormScan } from '../../../http/wire/multipart/form-scan.ts'
import { parsedJson } from '../../../http/wire/parsed-json.ts'
import type { GovernedKey } from '../../admission/admission.ts'
import { judgeFieldNames } from '../../admission/judge-members.ts'
import { FormNames, formNamesObject } from '../../objects/form-names.ts'
import { sharesObjects } from '../../objects/named-objects.ts'
import { formError } from '../forms/read-form.ts'
import { MODEL_MAX_CHARS } from '../request-body.ts'

/** What a request says of the session that it is for. */
export type SessionRequest = {
  /** The models that it names, the one that the session speaks with first. */
  models: readonly string[]
  /** The JSON that describes it; undefined: there is none. */
  session: unknown
  /** The request with these models in place of those that are its keys. */
  renamed(names: ReadonlyMap<string, string>): { body: Buffer; query: string }
}

/** Names of models by which the client knows them, and those of the upstream. */
type Names = ReadonlyMap<string, string>

const OFFER = /^application\/sdp\s*(;|$)/i
const FORM_FIELDS: ReadonlySet<string> = new Set(['session', 'model'])
// Instructions and tools at their largest, as in JSON.
const FORM_VALUES = { maxBytes: 1024 * 1024, types: ['text/plain', 'application/json'], hasLines: true }

/**
 * Reads the request; the error of one that a key with a policy could mean otherwise than is judged, or whose form is none.
 * `transcribes`: the session may do nothing else. `isCall`: the request may be a form, or an offer.
 */
export function readSessionRequest(
  { headers: { 'content-type': type = '' }, query }: Pick<Exchange, 'headers' | 'query'>,
  body: Buffer,
  key: GovernedKey | null,
  { transcribes, isCall }: { transcribes: boolean; isCall: boolean },
): SessionRequest | CallError {
  const isJudged = key !== null && key.policy !== null
  const request =
    isCall && isMultipartForm(type)
      ? formRequest(type, query, body, key)
      : isCall && OFFER.test(type)
        ? offerRequest(query, body)
        : jsonRequest(query, body, isJudged, transcribes)
  if ('httpStatus' in request) return request
  return request.models.every((model) => model.length <= MODEL_MAX_CHARS) ? request : LONG_MODEL
}

function jsonRequest(
  query: string,
  body: Buffer,
  isJudged: boolean,
  transcribes: boolean,
): SessionRequest | CallError {
  const session = body.length === 0 ? {} : parsedJson(body.toString('utf8'))
  if (session === undefined && isJudged) return callError('invalid_json')
  return {
    models: sessionModels(session, transcribes) ?? [],
    session,
    renamed(names) {
      // Rewritten for a key with rules, so that a member that stood twice stands once, as it was judged.
      const isKept = body.length === 0 || (!isJudged && !changes(names))
      return { body: isKept ? body : Buffer.from(JSON.stringify(renamedSession(session, names))), query }
    },
  }
}

/** A rule about models cannot judge an offer alone, unless its query names the model. */
function offerRequest(query: string, body: Buffer): SessionRequest {
  const model = new URLSearchParams(query).get('model') || null
  return {
    models: model === null ? [] : [model],
    session: undefined,
    renamed: (names) => ({ body, query: changes(names) ? renamedQuery(query, names) : query }),
  }
}

function formRequest(
  type: string,
  query: string,
  body: Buffer,
  key: GovernedKey | null,
): SessionRequest | CallError {
  const boundary = boundaryIn(type)
  if (boundary === null) return NO_BOUNDARY
  const scan = new FormScan(boundary, FORM_FIELDS, FORM_VALUES)
  const fault = formError(scan.write(body) ?? scan.end())
  if (fault !== null) return fault
  const named = sharesObjects(key) ? null : new FormNames().nameIn(body)
  if (named !== null) return formNamesObject(named)
  const misnamed = key === null ? null : judgeFieldNames(key, scan.names)
  if (misnamed !== null) return misnamed
  const field = scan.fields.get('session')
  const session = field === undefined ? undefined : parsedJson(field.value)
  if (field !== undefined && session === undefined) return NO_SESSION
  const misspelled = key === null || key.policy === null ? null : misspelledInSession(session)
  if (misspelled !== null) return misspelledMember(misspelled)
  const model = scan.fields.get('model')
  const fromQuery = new URLSearchParams(query).get('model') || null
  const models = [model?.value ?? '', ...(sessionModels(session, false) ?? []), fromQuery ?? '']
  return {
    models: models.filter((one) => one !== ''),
    session,
    renamed(names) {
      const edits = [...sessionEdits(field, session, names, key), ...modelEdits(model, names)]
      return { body: edited(body, edits), query: changes(names) ? renamedQuery(query, names) : query }
    },
  }
}

function sessionEdits(
  field: FormField | undefined,
  session: unknown,
  names: Names,
  key: GovernedKey | null,
): Edit[] {
  if (field === undefined) return []
  const isJudged = key !== null && key.policy !== null
  const text = isJudged || changes(names) ? JSON.stringify(renamedSession(session, names)) : field.value
  return fieldEdits('session', field, text)
}

function modelEdits(field: FormField | undefined, names: Names): Edit[] {
  return field === undefined ? [] : fieldEdits('model', field, names.get(field.value) ?? field.value)
}

/** The edits are of different places. */
function edited(body: Buffer, edits: Edit[]): Buffer {
  const parts: Buffer[] = []
  let at = 0
  for (const { start, end, text } of edits.sort((a, b) => a.start - b.start)) {
    parts.push(body.subarray(at, start), Buffer.from(text))
    at = end
  }
  return edits.length === 0 ? body : Buffer.concat([...parts, body.subarray(at)])
}

/** A query whose `model` has the name of the upstream; with its question mark. */
export function renamedQuery(query: string, names: Names): string {
  const parameters = new URLSearchParams(query)
  const model = names.get(parameters.get('model') ?? '')
  if (model === undefined) return query
  parameters.set('model', model)
  return `?${parameters}`
}

function changes(names: Names): boolean {
  return [...names].some(([name, other]) => name !== other)
}

function misspelledMember(name: string): CallError {
  const shown = printable(name, 100) ?? ''
  return callError('invalid_request', {
    param: `session.${shown}`,
    message: `\`${shown}\` in \`session\` differs in case from a member that names a model. Spell it as the API does: this API key has rules.`,
  })
}

const LONG_MODEL = callError('model_required', {
  param: 'model',
  message: `Invalid \`model\`: it must be a string of 1 to ${MODEL_MAX_CHARS} characters.`,
})
const NO_BOUNDARY = callError('invalid_request', {
  message:
    'The Content-Type of the form must name one boundary of 1 to 70 characters (RFC 2046, section 5.1.1).',
})
const NO_SESSION = callError('invalid_request', {
  param: 'session',
  message: 'The field `session` of the form must be a JSON object: {"type":"realtime","model":"…"}.',
})
