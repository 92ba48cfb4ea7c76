// The twelve jobs of an admin, each with the most that it may take from the overview.

import { join } from 'node:path'
import { repositoryRoot } from '../../support/run/repository.ts'

/** Where it is written down what each job took, for `pnpm console-quality`; git ignores it. */
export const EFFORTS = join(repositoryRoot, 'test-results', 'jobs')

/** What the screen looked like when a job failed. */
export const FAILED = join(repositoryRoot, 'test-results', 'failed-jobs')

export type Job = { number: number; name: string; clicks: number; keystrokes: number }

/** `keystrokes`: beside what a person has to make up, such as a name. Pasting is one. */
export const JOBS: readonly Job[] = [
  { number: 1, name: 'Which key burns money', clicks: 1, keystrokes: 0 },
  { number: 2, name: 'Why did this call fail, from a request id', clicks: 1, keystrokes: 2 },
  { number: 3, name: 'Limit a key, seeing what it would have denied', clicks: 3, keystrokes: 3 },
  {
    number: 4,
    name: 'Rotate without downtime, seeing who still uses the old secret',
    clicks: 3,
    keystrokes: 0,
  },
  { number: 5, name: 'Add an upstream, test it and publish its models', clicks: 6, keystrokes: 4 },
  { number: 6, name: 'Give a colleague access', clicks: 2, keystrokes: 2 },
  { number: 7, name: 'Who changed what', clicks: 1, keystrokes: 0 },
  { number: 8, name: 'Export last month', clicks: 2, keystrokes: 0 },
  { number: 9, name: 'Find and stop a leaked key', clicks: 1, keystrokes: 2 },
  { number: 10, name: 'Pause a key', clicks: 2, keystrokes: 0 },
  { number: 11, name: 'Clean up unused and expiring keys', clicks: 3, keystrokes: 0 },
  { number: 12, name: 'Hand out a key with limits', clicks: 3, keystrokes: 20 },
]

/** The same jobs from another beginning. */
export const OTHER_CASES = {
  whyFromKey: { number: 2, name: 'Why did this call fail, from its key', clicks: 2, keystrokes: 2 },
  expiring: { number: 11, name: 'Let expiring keys work on', clicks: 3, keystrokes: 0 },
} as const satisfies Record<string, Job>

/** All of them, a job from another beginning after itself. */
export const ALL_CASES: readonly Job[] = JOBS.flatMap((job) => [
  job,
  ...Object.values(OTHER_CASES).filter(({ number }) => number === job.number),
])

/** What its record in `EFFORTS` is called: "2", and "2b" from the other beginning. */
export const caseId = (job: Job): string => `${job.number}${JOBS.includes(job) ? '' : 'b'}`
