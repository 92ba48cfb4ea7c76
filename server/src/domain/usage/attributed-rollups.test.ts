import { expect, test } from 'vitest'
import { aCallRecord } from '../logs/a-call-record.ts'
import { labelSharer, OTHER_TAGS } from './attributed-rollups.ts'
import { Rollups } from './rollups.ts'

const ATTRIBUTED = /^(OWNER|LABEL|TAG|SHARED)/

test('a call counts for its owner and for each label and tag, and where it was sent to an upstream for shared limits', () => {
  const rollups = new Rollups()
  const record = {
    ...aCallRecord(),
    requestedModel: 'm1',
    ownerId: 5,
    labels: 'env=prod,team=a',
    tags: 'f=x',
  }
  rollups.add({ ...record, upstream: 'one' })
  rollups.add({ ...record, upstream: null, labels: null, tags: null })
  const found = [...rollups.entries()].flatMap(({ key, rollup }) =>
    ATTRIBUTED.test(key.kind) ? [`${key.kind} ${key.value}: ${rollup.calls}`] : [],
  )
  expect(found.sort()).toEqual([
    'LABEL_DAY env=prod: 1',
    'LABEL_DAY team=a: 1',
    'LABEL_HOUR env=prod: 1',
    'LABEL_HOUR team=a: 1',
    'OWNER_DAY 5: 2',
    'OWNER_HOUR 5: 2',
    'SHARED_MODEL_HOUR env=prod m1: 1',
    'SHARED_MODEL_HOUR owner 5 m1: 1',
    'SHARED_MODEL_HOUR team=a m1: 1',
    'TAG_DAY f=x: 1',
    'TAG_HOUR f=x: 1',
  ])
})

test('tags beyond those that are kept are counted together', () => {
  const rollups = new Rollups()
  for (const tags of ['f=a', 'f=b', 'f=c']) rollups.add({ ...aCallRecord(), tags })
  const [place] = rollups.tagValues().keys()
  const [kind, bucket] = (place ?? '').split(' ')
  if (kind !== 'TAG_HOUR') throw new Error('no tags by the hour')
  rollups.foldTags(kind, Number(bucket), new Set(['f=b']))
  const hours = [...rollups.entries()].filter(({ key }) => key.kind === 'TAG_HOUR')
  expect(hours.map(({ key, rollup }) => [key.value, rollup.calls]).sort()).toEqual([
    ['f=b', 1],
    [OTHER_TAGS, 2],
  ])
})

test('the number of a label stays as it is: it is stored', () => {
  expect(labelSharer('env=prod')).toEqual({ number: 587031810, prefix: 'env=prod ' })
})
