import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { compilePolicy } from '../domain/policy/compile-policy.ts'
import { type KeyPolicy, UNRESTRICTED } from '../domain/policy/key-policy.ts'
import type { AdmissionRequest } from '../domain/policy/verdict.ts'
import { createAdmissionClient } from './admission-client.ts'
import { RESPONSE_MAX_MS, type SentDecision, type ToOwner } from './protocol.ts'

const CALL: AdmissionRequest = {
  address: '192.0.2.7',
  endpoint: '/v1/chat/completions',
  usesModel: true,
  model: 'gpt-4o',
  tokens: 100,
  costNanoUsd: null,
}
const ADMITTED: SentDecision = {
  admitted: true,
  reservationId: 7,
  shadow: [],
  limits: { requests: null, tokens: null },
}

let sent: ToOwner[] = []
beforeEach(() => {
  sent = []
  vi.useFakeTimers()
})
afterEach(() => void vi.useRealTimers())

const client = () => createAdmissionClient((message) => sent.push(message))
const key = (policy: Partial<KeyPolicy>) => ({
  id: 1,
  revision: 1,
  policy: compilePolicy({ ...UNRESTRICTED, ...policy }),
})
const counted = key({ concurrency: { maxCalls: 1, mode: 'ENFORCE' } })

test('a key that counts is decided on by the owner, and its reservation ends once', async () => {
  const { admit, onResponse } = client()
  const request = { ...CALL, costNanoUsd: 500 }
  const decision = admit(counted, request)
  expect(sent).toEqual([expect.objectContaining({ kind: 'admit', id: 1, request })])
  onResponse({ kind: 'decision', id: 1, decision: ADMITTED })
  const reservation = await decision
  if (!reservation.admitted) throw new Error('denied')
  expect(reservation.costNanoUsd).toBe(500)
  const actual = { tokens: 3, costNanoUsd: 5 }
  reservation.settle(actual)
  reservation.release()
  expect(sent.slice(1)).toEqual([{ kind: 'end-reservation', reservationId: 7, actual }])
})

test('a reservation that goes on is charged by the owner, until it has ended', async () => {
  const { admit, onResponse } = client()
  const decision = admit(counted, CALL)
  onResponse({ kind: 'decision', id: 1, decision: ADMITTED })
  const reservation = await decision
  if (!reservation.admitted) throw new Error('denied')
  const used = { tokens: 3, costNanoUsd: 5 }
  const charged = reservation.charge(used)
  expect(sent.at(-1)).toEqual({ kind: 'charge-reservation', id: 1, reservationId: 7, used })
  onResponse({ kind: 'charged', id: 1, spent: null })
  expect(await charged).toBeNull()
  const late = reservation.charge(used)
  const rejected = expect(late).rejects.toThrow()
  vi.advanceTimersByTime(RESPONSE_MAX_MS)
  await rejected
  reservation.release()
  expect(reservation.charge(used)).toBeNull()
})

test('a key that counts nothing is decided on in the worker', async () => {
  const { admit, explain } = client()
  const onlyOwn = key({ addresses: { allow: ['10.0.0.0/8'], mode: 'ENFORCE' } })
  expect(await admit(onlyOwn, CALL)).toMatchObject({ admitted: false, verdict: { rule: 'ADDRESS' } })
  expect(await explain(onlyOwn, CALL)).toMatchObject([{ rule: 'ADDRESS', refusal: 'NOT_ALLOWED' }])
  expect(sent).toEqual([])
})

test('a call whose decision is late fails, and what the owner reserved for it is released', async () => {
  const { admit, onResponse } = client()
  const rejected = expect(admit(counted, CALL)).rejects.toThrow()
  vi.advanceTimersByTime(RESPONSE_MAX_MS)
  await rejected
  onResponse({ kind: 'decision', id: 1, decision: ADMITTED })
  expect(sent.slice(1)).toEqual([{ kind: 'end-reservation', reservationId: 7, actual: null }])
})

test('a call that the owner cannot decide on fails, explained or made', async () => {
  const { admit, explain, onResponse } = client()
  const made = expect(admit(counted, CALL)).rejects.toThrow('the owner could not apply the rules')
  const explained = expect(explain(counted, CALL)).rejects.toThrow('the owner could not apply the rules')
  onResponse({ kind: 'decision', id: 1, decision: 'failed' })
  onResponse({ kind: 'verdicts', id: 1, verdicts: 'failed' })
  await Promise.all([made, explained])
  expect(vi.getTimerCount()).toBe(0)
})
