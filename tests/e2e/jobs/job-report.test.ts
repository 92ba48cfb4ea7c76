// docs/reference/console-quality.md says what each job took, from whichever beginning.
import { expect, test } from 'vitest'
import { qualityReport } from '../../showroom/look/quality-report.ts'
import { ALL_CASES, caseId, JOBS, OTHER_CASES } from './jobs.ts'

test('has a line for each job and for each other beginning, with what it took', () => {
  const efforts = new Map(ALL_CASES.map((job, at) => [caseId(job), { clicks: 100 + at, keystrokes: 0 }]))
  expect(efforts.size).toBe(JOBS.length + Object.keys(OTHER_CASES).length)
  const sizes = { shellBytes: 0, routes: new Map() }
  const report = qualityReport({ screens: new Map(), sizes, scores: null, efforts, at: new Date(0) })
  expect(report).toContain('| 2. Why did this call fail, from a request id | 101 (1) | 0 (2) |')
  expect(report).toContain('| 2. Why did this call fail, from its key | 102 (2) | 0 (2) |')
  expect(report).toContain('| 11. Let expiring keys work on |')
})
