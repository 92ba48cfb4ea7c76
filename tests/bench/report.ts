// What benches print: Markdown tables, into the terminal and, on request, between markers of a page.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PAGE = join(import.meta.dirname, '../../docs/reference/performance.md')

/** A Markdown table; every column but the first is aligned to the right. */
export function table(head: string[], rows: (string | number)[][]): string {
  const line = (columns: (string | number)[]) => `| ${columns.join(' | ')} |`
  return [
    line(head),
    `|---|${head
      .slice(1)
      .map(() => '--:|')
      .join('')}`,
    ...rows.map(line),
  ].join('\n')
}

/** Replaces what is between the markers of `name` in docs/reference/performance.md. Throws where there are none. */
export function writeSection(name: string, text: string): void {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`]
  const page = readFileSync(PAGE, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from === -1 || to === -1) throw new Error(`${PAGE} has no section ${name}`)
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`)
}

export type Spread = { p50: number; p99: number; max: number }

/** Percentiles of the values; NaN of none. */
export function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? Number.NaN }
}

/** The middle of some values; NaN for none. */
export function median(values: number[]): number {
  return spreadOf(values).p50
}

/** How long each of `times` runs of `work` takes, in milliseconds, one after another; the first is not counted. */
export async function timed(times: number, work: () => Promise<unknown>): Promise<Spread> {
  await work()
  const spans: number[] = []
  for (let run = 0; run < times; run++) {
    const from = performance.now()
    await work()
    spans.push(performance.now() - from)
  }
  return spreadOf(spans)
}

/** Milliseconds, with as many digits as mean something. */
export function ms(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
}

/** A whole number with separators. */
export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en')
}
