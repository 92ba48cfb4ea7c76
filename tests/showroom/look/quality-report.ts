// docs/reference/console-quality.md: what was measured, and nothing else.
import type { Effort } from '../../e2e/jobs/hands.ts'
import { ALL_CASES, caseId } from '../../e2e/jobs/jobs.ts'
import { type Device, phoneSlowdown, type Scores } from './lighthouse.ts'
import { ROUTE_MAX_BYTES, type RouteSizes, SHELL_MAX_BYTES } from './screen-checks.ts'

export type Measured = {
  /** By screen: in how many looks it was opened, and what was wrong with it in any. */
  screens: Map<
    string,
    { looks: number; violations: number; complaints: number; sideways: number; failed: number }
  >
  sizes: RouteSizes
  /** Null: Lighthouse was not asked. */
  scores: Map<string, Partial<Record<Device, Scores>>> | null
  /** By `caseId`; absent: no test does it. */
  efforts: Map<string, Effort>
  at: Date
}

/** The page as Markdown. */
export function qualityReport({ screens, sizes, scores, efforts, at }: Measured): string {
  return [
    '# Quality of the console',
    '',
    `Measured by \`pnpm console-quality\` on ${at.toISOString().slice(0, 10)}, over a seeded server (\`pnpm showroom\`). Every screen is opened in`,
    'both themes, both languages and at 1440, 820 and 390 px. Every figure is of that run.',
    '',
    '## Screens',
    '',
    'Violations of WCAG 2.2 A and AA that axe finds, errors on the console of the browser, and looks in which the page scrolls sideways',
    'at 320 px or at a zoom of 200 %.',
    '',
    ...table(
      ['screen', 'looks', 'axe violations', 'console errors', 'scrolls sideways', 'did not open'],
      [...screens].map(([name, one]) => [
        name,
        one.looks,
        one.violations,
        one.complaints,
        one.sideways,
        one.failed,
      ]),
    ),
    '',
    '## Scripts',
    '',
    `Kilobytes of gzip that a screen loads beside the ${kilobytes(sizes.shellBytes)} KB that all signed-in screens share (at most ${kilobytes(SHELL_MAX_BYTES)}). At most ${kilobytes(ROUTE_MAX_BYTES)}.`,
    '',
    ...table(
      ['screen', 'KB'],
      [...sizes.routes].map(([name, bytes]) => [name, kilobytes(bytes)]),
    ),
    ...(scores === null ? [] : lighthouseSection(scores)),
    '',
    '## The twelve jobs',
    '',
    'Clicks and keystrokes from the overview, by the tests in `tests/e2e/jobs`; in brackets the most that is allowed.',
    '',
    ...table(
      ['job', 'clicks', 'keystrokes'],
      ALL_CASES.map((job) => {
        const { number, name, clicks, keystrokes } = job
        const effort = efforts.get(caseId(job))
        return [
          `${number}. ${name}`,
          `${effort?.clicks ?? '–'} (${clicks})`,
          `${effort?.keystrokes ?? '–'} (${keystrokes})`,
        ]
      }),
    ),
    '',
  ].join('\n')
}

function lighthouseSection(scores: Map<string, Partial<Record<Device, Scores>>>): string[] {
  const runs = [...scores.values()].flatMap(({ desktop, mobile }) => [desktop, mobile]).filter(isMeasured)
  const indexes = runs.map(({ benchmarkIndex }) => Math.round(benchmarkIndex)).toSorted((a, b) => a - b)
  const [least = Number.NaN, most = Number.NaN] = [indexes[0], indexes.at(-1)]
  return [
    '',
    '## Lighthouse',
    '',
    'Out of 100: performance (P), accessibility (A) and best practices (B), as Lighthouse judges a desktop computer and a mid-range phone.',
    `Its own benchmark of the processor gave ${least} to ${most} during the runs; for the phone the processor is slowed`,
    `${phoneSlowdown(least).toFixed(1)} to ${phoneSlowdown(most).toFixed(1)} times, [by that figure](https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md#calibrating-the-cpu-slowdown).`,
    'A desktop cannot be simulated on a machine that is slower than one (1500 to 2000). –: Lighthouse gave no score.',
    '',
    ...table(
      ['screen', 'desktop: P', 'A', 'B', 'phone: P', 'A', 'B', 'layout shift', 'blocked, ms'],
      [...scores].map(([name, { desktop, mobile }]) => [
        name,
        ...outOfHundred(desktop),
        ...outOfHundred(mobile),
        mobile?.shift.toFixed(3) ?? '–',
        mobile === undefined ? '–' : Math.round(mobile.blockingMs),
      ]),
    ),
  ]
}

function isMeasured(scores: Scores | undefined): scores is Scores {
  return scores !== undefined
}

function outOfHundred(scores: Scores | undefined): (string | number)[] {
  return scores === undefined
    ? ['–', '–', '–']
    : [scores.performance, scores.accessibility, scores.bestPractices]
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1)
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (values: readonly (string | number)[]) => `| ${values.join(' | ')} |`
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)]
}
