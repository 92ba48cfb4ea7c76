// A form with a file for a model: the gateway streams it to the upstream without holding it.

import type { Transform } from 'node:stream'
import { type CallError, callError } from '../../domain/errors.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import { requestBeforeBody } from '../../domain/policy/judge-call.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { watchBody } from '../../http/wire/multipart-model.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { applyRules, refusedModel } from '../admission/apply-rules.ts'
import { forward } from '../attempt/forward.ts'
import type { Gateway } from '../gateway.ts'
import { FORM } from '../pricing/billable-units.ts'
import { openPrices, refusedUnpriced } from '../pricing/price-routes.ts'
import { respondWithError } from '../response/respond-with-error.ts'
import { candidatesFor } from '../routing/resolve-routes.ts'
import type { Call } from './call.ts'
import { refuse } from './refuse.ts'
import { tooLarge } from './request-limits.ts'

/** Admits the call, forwards it by one route and meters it. Rejects only on an internal error. */
export async function startFormCall(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  key: GovernedKey | null,
): Promise<void> {
  const limit = gateway.limits.uploadBytes
  if ((exchange.bodyBytes ?? 0) > limit) return refuse(call, exchange, tooLarge(limit))
  const candidates = candidatesFor(gateway, null, null)
  if (candidates === null) return refuse(call, exchange, callError('unknown_url'))
  const prices = 'first' in candidates ? openPrices(gateway, [candidates.first]) : null
  if (prices !== null) await prices
  if (key !== null) {
    const refusal = await applyRules(gateway, call, key, requestBeforeBody(exchange, exchange.method))
    if (refusal !== null) return refuse(call, exchange, refusal)
  }
  // An admin may have aborted it while the rules were evaluated.
  if (call.finished) return
  if ('httpStatus' in candidates) return respondWithError(call, exchange, candidates, 'ERROR')
  const route = candidates.first
  // The model is named inside the form, so it is judged while the body streams to the upstream. A strict search holds the
  // last chunk back until the whole form has been read: for keys that may not send a form without a model.
  const refusalOf = (model: string | null) =>
    refusedModel(key, exchange, model) ?? refusedUnpriced(gateway, key, exchange, route, model)
  const unnamedRefusal = refusalOf(null)
  call.capture?.noteRequest(exchange.headers['content-type'], null)
  const source = exchange.bodyStream()
  // Such a key may send a form that names its model, and no other body.
  if (unnamedRefusal !== null && (source === null || !isMultipart(exchange)))
    return refuse(call, exchange, unnamedRefusal)
  const body =
    source === null ? null : streamedBody(call, exchange, limit, refusalOf, unnamedRefusal !== null)
  forward(gateway, call, exchange, {
    route,
    // A streamed body can be sent only once.
    others: [],
    repeatable: false,
    bodyFor: () => null,
    bodyWithoutUsageRequest: () => null,
    body: source === null || body === null ? null : source.pipe(body.watch),
    bodyBytes: exchange.bodyBytes,
    metered: true,
    units: FORM,
    responses: null,
    hideUsage: false,
    estimable: false,
    binder: null,
    ownFault: () => body?.fault() ?? null,
  })
}

function isMultipart({ headers }: Exchange): boolean {
  return /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')
}

type StreamedBody = {
  watch: Transform
  /** Why the gateway itself aborted the request body; null: it did not. */
  fault(): CallError | null
}

/** Counts the body, notes the model that it names, and aborts it where it is too large or its model is refused. */
function streamedBody(
  call: Call,
  exchange: Exchange,
  maxBytes: number,
  refusalOf: (model: string) => CallError | null,
  strict: boolean,
): StreamedBody {
  let bytes = 0
  let fault: CallError | null = null
  const watch = watchBody(
    isMultipart(exchange),
    (count) => {
      call.countRequestBytes(count)
      bytes += count
      if (bytes > maxBytes) abort(tooLarge(maxBytes))
    },
    (model) => {
      // `''`: the form's model cannot be read.
      if (model !== '') call.note({ requestedModel: printable(model, 256) })
      const refusal = refusalOf(model)
      if (refusal !== null) abort(refusal)
    },
    strict,
  )
  function abort(error: CallError): void {
    if (fault !== null) return
    fault = error
    watch.destroy(new Error(error.code))
  }
  return { watch, fault: () => fault }
}
