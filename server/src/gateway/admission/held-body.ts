// Reads a request body that is worth a place in the memory of all bodies: a large one, one that has not all come, or a compressed one.
import { type CallError, callError } from '../../domain/errors.ts'
import { requestWithoutModel } from '../../domain/policy/judge-call.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import { decodeWhole, type Encoding, encodingOf } from '../../http/wire/content-encoding.ts'
import type { Call } from '../call/call.ts'
import { memoryFull, notEncoded, tooLarge } from '../call/request-limits.ts'
import type { Gateway } from '../gateway.ts'
import type { GovernedKey } from './admission.ts'
import { applyRules, refuseBeforeBody, refusedUnread } from './apply-rules.ts'
import type { BodyLease } from './body-memory.ts'

// A smaller body that has come with its head costs less than its connection.
const SMALL_BODY_BYTES = 64 * 1024

/** Whether a body is read by `readHeldBody`: a large one, and one of which some has still to come. */
export function isHeld(exchange: Exchange): boolean {
  return !exchange.bodyIsHere || isLarge(exchange)
}

/**
 * Whether the rules are asked before a body is read. Not of a small one, of which most clients send the bytes in a packet of their
 * own, just behind the head: the log of a call that is denied unread names no model.
 */
export function isLarge({ bodyBytes, headers }: Exchange): boolean {
  // A few bytes may be decoded to as many as a body may have.
  if (headers['content-encoding'] !== undefined) return true
  if (bodyBytes !== null) return bodyBytes > SMALL_BODY_BYTES
  return headers['transfer-encoding'] !== undefined
}

/**
 * The error of a call that the rules of its key deny whatever its body says. Null, without a promise: no rule was asked, as for
 * most calls, whose body is small.
 */
export function rulesBeforeBody(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  key: GovernedKey | null,
): Promise<CallError | null> | null {
  if (key === null) return null
  if (isLarge(exchange)) return refuseBeforeBody(gateway, key, exchange)
  return refusedUnread(key, exchange) ? applyRules(gateway, call, key, requestWithoutModel(exchange)) : null
}

/**
 * The whole body, without its Content-Encoding, counted on its call. It takes from the memory of its key and of all until its
 * call ends. 'disconnected' where the client disconnects before its end.
 */
export async function readHeldBody(
  gateway: Gateway,
  call: Call,
  exchange: Exchange,
  maxBytes: number,
): Promise<Buffer | CallError | 'disconnected'> {
  const { bodyBytes, headers } = exchange
  const encoding = headers['content-encoding']
  const decoder = encodingOf(encoding ?? null)
  if (decoder === 'unknown') return callError('unsupported_media_type')
  const lease = gateway.bodyMemory.lease(call.apiKeyId ?? 0)
  call.holdBody(lease)
  // One that is too large is not read.
  const announced = bodyBytes !== null && bodyBytes <= maxBytes
  if (announced && !lease.take(bodyBytes)) return memoryFull()
  const bytes = await exchange.readBody(maxBytes, (count) => lease.take(count))
  if (bytes === 'disconnected') return bytes
  if (bytes === 'too-large') return tooLarge(maxBytes)
  if (bytes === 'refused') return memoryFull()
  call.countRequestBytes(bytes.length)
  // What is judged is what is sent: the body goes on as it was read.
  delete headers['content-encoding']
  return decoder === null ? bytes : decoded(decoder, bytes, maxBytes, lease)
}

async function decoded(
  decoder: Encoding,
  bytes: Buffer,
  maxBytes: number,
  lease: BodyLease,
): Promise<Buffer | CallError> {
  const whole = await decodeWhole(decoder, bytes, maxBytes, lease)
  if (whole === 'refused') return memoryFull()
  if (whole === 'too-large') return tooLarge(maxBytes)
  return whole === 'broken' ? notEncoded(decoder) : whole
}
