import { expect, test } from 'vitest'
import { type Judgement, OPEN_MAX, type OpenAlert, planChanges } from './plan-changes.ts'

const NOW = Date.parse('2026-11-29T12:00:00Z')
const AWAKE = { muted: false, repeatMinutes: null, nowMs: NOW }

const found = (...targets: string[]): Judgement => ({
  findings: targets.map((target) => ({ target, label: target, message: 'so' })),
  complete: true,
})
const known = (target: string, notifiedMinutesAgo: number | null = 1): OpenAlert => ({
  id: `alt_${target}`,
  target,
  openedAt: new Date(NOW),
  notifiedAt: notifiedMinutesAgo === null ? null : new Date(NOW - notifiedMinutesAgo * 60_000),
})
const targets = (alerts: readonly { target: string }[]) => alerts.map(({ target }) => target)

test('opens what is new, leaves what stays, resolves what is no longer so', () => {
  const plan = planChanges([known('a'), known('b')], found('b', 'c', 'c'), AWAKE)
  expect(targets(plan.open)).toEqual(['c'])
  expect(targets(plan.resolve)).toEqual(['a'])
  expect([plan.late, plan.repeat]).toEqual([[], []])
})

test('resolves nothing of which it does not know all', () => {
  const plan = planChanges([known('a')], { ...found('b'), complete: false }, AWAKE)
  expect(targets(plan.open)).toEqual(['b'])
  expect(plan.resolve).toEqual([])
})

test('sends what was opened while its rule was muted, once it is not', () => {
  const alerts = [known('a', null)]
  expect(planChanges(alerts, found('a'), { ...AWAKE, muted: true }).late).toEqual([])
  expect(targets(planChanges(alerts, found('a'), AWAKE).late)).toEqual(['a'])
})

test('repeats an open alert after the minutes, and never without them', () => {
  const alerts = [known('a', 59), known('b', 60)]
  const plan = planChanges(alerts, found('a', 'b'), { ...AWAKE, repeatMinutes: 60 })
  expect(plan.repeat.map(({ alert }) => alert.target)).toEqual(['b'])
  expect(planChanges(alerts, found('a', 'b'), AWAKE).repeat).toEqual([])
})

test('keeps the open alerts of a rule within the bound', () => {
  const many = Array.from({ length: OPEN_MAX + 10 }, (_, at) => `t${at}`)
  expect(planChanges([], found(...many), AWAKE).open).toHaveLength(OPEN_MAX)
  expect(planChanges([known('x')], found('x', ...many), AWAKE).open).toHaveLength(OPEN_MAX - 1)
})
