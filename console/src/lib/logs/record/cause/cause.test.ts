import type { RequestLog } from '@latchkey/sdk'
import { expect, test } from 'vitest'
import { causeOf } from './cause.ts'
import { modelNamed, type NamedRecords, noRecords } from './cause-place.ts'

const action = (log: Partial<RequestLog>, records: Partial<NamedRecords> = {}) => {
  const known = { outcome: 'ERROR', apiKey: { id: 'key_1', name: 'app' }, shadowDenials: [], denial: null }
  return causeOf({ ...known, ...log } as never, [], { ...noRecords, ...records })?.action
}

test('the action of a failed upstream leads to that upstream, or to all where it has no id', () => {
  const log = { errorCode: 'upstream_timeout', upstream: 'openai' }
  expect(action(log, { upstreamId: 'ups_7' })?.href).toBe('/upstreams/ups_7')
  expect(action(log)?.href).toBe('/upstreams')
})

test('the action of a missing price leads to the editor of the price of that model', () => {
  const log = { outcome: 'DENIED', errorCode: 'price_unknown', requestedModel: 'gpt-5' } as const
  expect(action(log, { modelId: 'mdl_3' })).toMatchObject({
    href: '/models/mdl_3?do=price',
    scope: 'models:write',
  })
  expect(action(log)?.href).toBe('/models')
})

test('a cancelled call leads to the other cancelled calls', () => {
  expect(action({ outcome: 'CANCELLED', errorCode: null })?.href).toBe('/logs?outcome=cancelled')
  const slow = { outcome: 'CANCELLED', errorCode: 'caller_too_slow', upstream: 'openai' } as const
  expect(action(slow)?.href).toBe('/logs?outcome=cancelled')
})

test('a requested name is that of a model before it is one of a pattern, of which the longest counts', () => {
  const models = ['*', 'gpt-*', 'gpt-5*', 'gpt-5-mini', 'o3'].map((name) => ({
    name,
    enabled: name !== 'gpt-5*',
    isDefault: name === 'o3',
  }))
  const named = (requested: string) => modelNamed(models, requested)?.name
  expect(named('gpt-5-mini')).toBe('gpt-5-mini')
  expect(named('gpt-5')).toBe('gpt-*')
  expect(named('claude')).toBe('*')
  expect(named('auto')).toBe('o3')
  expect(modelNamed(models.slice(1), 'claude')).toBeNull()
})
