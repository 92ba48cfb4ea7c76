// docs/reference/console-quality.md: what was measured, and nothing else.
import type { Effort } from '../../e2e/jobs/hands.ts'
import { JOBS } from '../../e2e/jobs/jobs.ts'
import type { Device, Scores } from './lighthouse.ts'
import { ROUTE_MAX_BYTES, type RouteSizes } from './screen-checks.ts'

export type Measured = {
  /** By screen: in how many looks it was opened, and what was wrong with it in any. */
  screens: Map<
    string,
    { looks: number; violations: number; complaints: number; sideways: number; failed: number }
  >
  sizes: RouteSizes
  /** Null: Lighthouse was not asked. */
  scores: Map<string, Partial<Record<Device, Scores>>> | null
  /** By the number of the job; absent: no test does it. */
  efforts: Map<number, Effort>
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
    `Kilobytes of gzip that a screen loads beside the ${kilobytes(sizes.shellBytes)} KB that all signed-in screens share. At most ${kilobytes(ROUTE_MAX_BYTES)}.`,
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
      JOBS.map(({ number, name, clicks, keystrokes }) => {
        const effort = efforts.get(number)
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
  const columns = (one: Scores | undefined) =>
    one === undefined ? ['–', '–', '–'] : [one.performance, one.accessibility, one.bestPractices]
  return [
    '',
    '## Lighthouse',
    '',
    'Out of 100: performance, accessibility and best practices, as Lighthouse judges a desktop computer and a mid-range phone. Performance',
    'depends on the machine that the run shares.',
    '',
    ...table(
      [
        'screen',
        'desktop: performance',
        'accessibility',
        'best practices',
        'phone: performance',
        'accessibility',
        'best practices',
      ],
      [...scores].map(([name, { desktop, mobile }]) => [name, ...columns(desktop), ...columns(mobile)]),
    ),
  ]
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1)
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (values: readonly (string | number)[]) => `| ${values.join(' | ')} |`
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)]
}
