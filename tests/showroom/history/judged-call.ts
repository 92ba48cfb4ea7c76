// One call of the past as the gateway would have handled it: the same look-up of the key, the same rules and counters, the same
// candidate routes, prices and receipts. Only the upstream is played, and time passes as the history says.
import type { CapturedContent } from '@latchkey/server/domain/content/captured-content.ts'
import type { CallError } from '@latchkey/server/domain/errors.ts'
import { callError } from '@latchkey/server/domain/errors.ts'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { newRecord } from '@latchkey/server/domain/logs/generated/new-record.ts'
import { denialError } from '@latchkey/server/domain/policy/denial.ts'
import {
  allowedRoutes,
  formerSecretUsed,
  keyError,
  requestForModel,
} from '@latchkey/server/domain/policy/judge-call.ts'
import { firstIdAt, requestIdFromBytes } from '@latchkey/server/domain/uuid.ts'
import type { Reservation } from '@latchkey/server/gateway/admission/reservation.ts'
import type { KnownKey } from '@latchkey/server/gateway/identity/key-directory.ts'
import type { BillableUnits } from '@latchkey/server/gateway/pricing/billable-units.ts'
import { Charge, NOTHING_REPORTED } from '@latchkey/server/gateway/pricing/charge.ts'
import type { Route } from '@latchkey/server/gateway/routing/route-table.ts'
import type { Chance } from '../cast/chance.ts'
import { contentOf } from './call-content.ts'
import type { PastGateway } from './past-gateway.ts'
import type { PlannedCall } from './planned-calls.ts'
import { playAttempts } from './played-attempts.ts'

/** A call that is over at `endMs`; `settle` gives back what it had reserved. */
export type EndedCall = {
  endMs: number
  record: CallRecord
  content: CapturedContent | null
  beginning: string | null
  settle(): void
}

const NO_HASH = '0'.repeat(64)

/** Handles a call up to its end, which may be after the beginning of the next ones. */
export async function judgeCall(gateway: PastGateway, call: PlannedCall): Promise<EndedCall> {
  const record = newRecord(requestIdOf(call.atMs, gateway.chance), 'POST', call.path)
  record.clientIp = call.address
  record.userAgent = call.userAgent
  record.requestBytes = 400 + call.inputTokens * 4
  const hash = (call.sendsFormer ? call.key?.formerHash : call.key?.secretHash) ?? NO_HASH
  const key = await gateway.keys.find(hash)
  if (key === null) return refused(record, callError('invalid_api_key'), gateway.chance)
  noteKey(record, key, call.atMs)
  const denial = keyError(key, call.atMs)
  if (denial !== null) return refused(record, denial, gateway.chance)
  record.tags = call.tags
  record.requestedModel = call.model.name
  record.streamed = call.streamed
  const found = gateway.routes.resolveRoutes(call.model.name)
  if (found === null) return refused(record, callError('model_not_found'), gateway.chance)
  const governed = key.governed
  const all = [found.first, ...found.others]
  const routes = allowedRoutes(all, governed?.policy ?? null, call.model.name, ({ model }) => model)
  const [first] = routes
  if (first === undefined) throw new Error(`${call.model.name} has no route`)
  const reservation = governed === null ? null : await admitted(gateway, record, governed, first, call)
  if (reservation !== null && 'httpStatus' in reservation) return refused(record, reservation, gateway.chance)
  const beginning = gateway.open(record)
  const attempt = playAttempts(gateway, record, routes, call)
  if (attempt !== null) {
    const cost = chargeOf(gateway, attempt.route, call).costOf(record, reportedBy(call), record.outcome)
    Object.assign(record, cost)
  }
  return {
    endMs: call.atMs + record.durationMs,
    record,
    content: contentOf(
      record,
      governed?.policy?.source.capture ?? null,
      call.key?.secret ?? '',
      gateway.endMs - call.atMs,
    ),
    beginning,
    settle() {
      const tokens = (record.inputTokens ?? 0) + (record.outputTokens ?? 0)
      reservation?.settle({ tokens, costNanoUsd: record.costNanoUsd ?? 0 })
    },
  }
}

function noteKey(record: CallRecord, key: KnownKey, nowMs: number): void {
  record.apiKeyId = key.id
  record.usedSecret = formerSecretUsed(key, nowMs)
  record.ownerId = key.ownerId
  record.labels = key.labels
}

/** The rules of its key: what the call has reserved, or the error that it is denied with. */
async function admitted(
  gateway: PastGateway,
  record: CallRecord,
  governed: NonNullable<KnownKey['governed']>,
  route: Route,
  call: PlannedCall,
): Promise<Reservation | CallError> {
  const most = {
    ...record,
    inputTokens: call.inputTokens,
    outputTokens: call.outputTokens,
    usageSource: 'PROVIDER' as const,
  }
  const { costNanoUsd } = chargeOf(gateway, route, call).costOf(most, reportedBy(call), 'SUCCESS')
  const request = requestForModel(
    { clientIp: call.address, path: call.path },
    call.model.name,
    route.model,
    call.inputTokens + call.outputTokens,
    costNanoUsd,
  )
  const decision = await gateway.admission.admit(governed, request)
  const errorOf = (verdict: Parameters<typeof denialError>[0]) =>
    denialError(verdict, request, decision.limits, gateway.clock(), governed.help)
  if (decision.shadow.length > 0)
    record.shadowDenials = decision.shadow.map((verdict) => errorOf(verdict).code).join(' ')
  return decision.admitted ? decision : errorOf(decision.verdict)
}

function chargeOf(gateway: PastGateway, route: Route, { model, images }: PlannedCall): Charge {
  const units: BillableUnits =
    images !== null
      ? { kind: 'IMAGES', count: images }
      : { kind: model.kind === 'EMBEDDING' ? 'READING' : 'TEXT' }
  return new Charge(gateway.prices, route, units)
}

function reportedBy({ images }: PlannedCall) {
  return { ...NOTHING_REPORTED, items: images }
}

/** As gateway/call/refuse.ts: nothing was sent to an upstream. */
function refused(record: CallRecord, error: CallError, chance: Chance): EndedCall {
  record.httpStatus = error.httpStatus
  record.errorCode = error.code
  record.clientErrorCode = error.wireCode
  record.errorMessage = error.message
  record.outcome = 'DENIED'
  record.durationMs = chance.whole(0, 3)
  record.responseBytes = error.message.length + 120
  return { endMs: 0, record, content: null, beginning: null, settle() {} }
}

/** A UUIDv7 of the instant. */
function requestIdOf(atMs: number, chance: Chance): string {
  const bytes = firstIdAt(atMs)
  for (let at = 6; at < bytes.length; at++) bytes[at] = chance.whole(0, 255)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return requestIdFromBytes(bytes)
}
