// A form with a file for a model. Its model may stand behind the file, so the form is kept whole until it is known
// (http/spool/), and is then admitted, routed, limited and priced as a call with a JSON body is. It may be sent again.
import type { Endpoint } from '../../../domain/endpoints/endpoints.ts'
import { type CallError, callError } from '../../../domain/errors.ts'
import { unknownModel } from '../../../domain/models/unknown-model.ts'
import { requestForModel } from '../../../domain/policy/judge-call.ts'
import { NO_MEDIA } from '../../../domain/pricing/media-tokens.ts'
import type { Exchange } from '../../../http/server/exchange.ts'
import type { SpooledBody } from '../../../http/spool/spooled-body.ts'
import { boundaryIn, isMultipartForm } from '../../../http/wire/multipart/boundary.ts'
import { FormScan } from '../../../http/wire/multipart/form-scan.ts'
import type { GovernedKey } from '../../admission/admission.ts'
import { applyRules, hasBudget } from '../../admission/apply-rules.ts'
import { rulesBeforeBody } from '../../admission/held-body.ts'
import { imagesInForm } from '../../admission/image-inputs.ts'
import { judgeFieldNames } from '../../admission/judge-members.ts'
import { forward } from '../../attempt/forward.ts'
import type { Gateway } from '../../gateway.ts'
import { FormNames } from '../../objects/form-names.ts'
import { sharesObjects } from '../../objects/named-objects.ts'
import { ObjectBinder } from '../../objects/object-binder.ts'
import { billableUnitsOfForm } from '../../pricing/billable-units.ts'
import { maxCostOfCandidates, openPrices } from '../../pricing/price-routes.ts'
import { respondWithError } from '../../response/respond-with-error.ts'
import { candidatesFor } from '../../routing/resolve-routes.ts'
import type { Call } from '../call.ts'
import { isJson, startModelCall } from '../model-call.ts'
import { refuse } from '../refuse.ts'
import { MODEL_MAX_CHARS } from '../request-body.ts'
import { tooLarge } from '../request-limits.ts'
import { FormRequest } from './form-request.ts'
import { readForm } from './read-form.ts'

const WANTED: ReadonlySet<string> = new Set(['model', 'n'])
// Of an image that is to be edited, as of one in a JSON body (request-size.ts).
const IMAGE_TOKENS = 1_000
const BYTES_PER_TOKEN = 4

const NOT_A_FORM = callError('unsupported_media_type', {
  message:
    'This endpoint takes a form: send `Content-Type: multipart/form-data` with a boundary, without Content-Encoding. What needs no file may also be sent as `application/json`.',
})
const NO_BOUNDARY = callError('invalid_request', {
  message:
    'The Content-Type of the form must name one boundary of 1 to 70 characters (RFC 2046, section 5.1.1).',
})

/** Reads the form, admits the call and forwards it. Rejects only on an internal error. */
export async function startFormCall(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Endpoint,
  key: GovernedKey | null,
): Promise<void> {
  const { 'content-type': type, 'content-encoding': encoding } = exchange.headers
  if (type !== undefined && isJson(exchange)) return startModelCall(gateway, call, exchange, endpoint, key)
  const early = await rulesBeforeBody(gateway, call, exchange, key)
  if (early !== null) return refuse(call, exchange, early)
  if (type === undefined || !isMultipartForm(type) || (encoding ?? 'identity') !== 'identity')
    return refuse(call, exchange, NOT_A_FORM)
  const boundary = boundaryIn(type)
  if (boundary === null) return refuse(call, exchange, NO_BOUNDARY)
  const limit = gateway.limits.uploadBytes
  if ((exchange.bodyBytes ?? 0) > limit) return refuse(call, exchange, tooLarge(limit))
  const keyId = call.apiKeyId ?? 0
  const body = gateway.spool.begin(gateway.bodyMemory.lease(keyId), gateway.spoolRoom.lease(keyId))
  // Also where it is aborted while it is read.
  call.holdBody(body)
  const scan = new FormScan(boundary, WANTED)
  const fault = await readForm(
    gateway.limits,
    call,
    exchange,
    scan,
    body,
    sharesObjects(key) ? null : new FormNames(),
  )
  if (call.finished) return
  if (fault === 'disconnected') return call.finish('CANCELLED')
  if (fault !== null) return refuse(call, exchange, fault)
  call.capture?.noteRequest(type, null)
  return send(gateway, call, exchange, endpoint, key, scan, body)
}

async function send(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  endpoint: Endpoint,
  key: GovernedKey | null,
  scan: FormScan,
  body: SpooledBody,
): Promise<void> {
  const model = modelIn(scan)
  if (model !== null && typeof model !== 'string') return refuse(call, exchange, model)
  call.noteRequest(model, false)
  const candidates = candidatesFor(gateway, key, model)
  const units = billableUnitsOfForm(endpoint.bills, scan.fields.get('n')?.value)
  const chosen =
    candidates === null || 'httpStatus' in candidates ? [] : [candidates.first, ...candidates.others]
  if (units !== null) await openPrices(gateway, chosen)
  if (key !== null) {
    const fault = judgeFieldNames(key, scan.names)
    if (fault !== null) return refuse(call, exchange, fault)
    const images = units?.kind === 'IMAGES' ? imagesInForm(scan.files, scan.texts) : 0
    const textTokens = Math.max(1, Math.ceil(scan.textBytes / BYTES_PER_TOKEN))
    const beside = { media: { ...NO_MEDIA, images }, fees: null }
    const size = { inputTokens: textTokens, outputTokens: 0, inBackground: false, beside }
    const tokens = textTokens + images * IMAGE_TOKENS
    const cost = hasBudget(key) ? maxCostOfCandidates(gateway, chosen, units, size) : 0
    const resolved = chosen[0]?.model ?? null
    const request = requestForModel(exchange, model, resolved, tokens, cost)
    const refusal = await applyRules(gateway, call, key, request)
    if (refusal !== null) return refuse(call, exchange, refusal)
  }
  // An admin may have aborted it in the meantime.
  if (call.finished) return
  if (candidates === null) return refuse(call, exchange, noModel(model))
  if ('httpStatus' in candidates) return respondWithError(call, exchange, candidates, 'ERROR')
  forward(
    gateway,
    call,
    exchange,
    new FormRequest(body, scan, candidates, units, endpoint, binderOf(gateway, call, endpoint)),
  )
}

/** Null where the response leaves nothing at the upstream that a later call could name. */
function binderOf({ objects }: Gateway, { apiKeyId }: Call, { keeps }: Endpoint): ObjectBinder | null {
  if (apiKeyId === null || keeps === 'NOTHING') return null
  return new ObjectBinder(objects, apiKeyId, { isStored: true, isDurable: true, deletes: null })
}

/** Null where the form names none; an error where it names what is no model. */
function modelIn({ fields }: FormScan): string | CallError | null {
  const model = fields.get('model')?.value
  if (model === undefined) return null
  if (model !== '' && model.length <= MODEL_MAX_CHARS) return model
  return callError('model_required', {
    param: 'model',
    message: `Invalid \`model\`: it must be a string of 1 to ${MODEL_MAX_CHARS} characters.`,
  })
}

function noModel(model: string | null): CallError {
  return model === null ? callError('model_required', { param: 'model' }) : unknownModel(model)
}
