// What is aimed for, and whether a run met it.
import { type Figure, type Figures, figureOf } from './measure.ts'
import type { Target } from './targets/target.ts'

export type Aims = { what: string; aim: string; measured: string; met: boolean }[]

/** The aims that this run measured. The first of `grown` is what the others should cost. */
export function aimsOf(figures: Figures, [base, ...grown]: readonly Target[]): Aims {
  const of = (row: string, figure: Figure) => figureOf(figures, row, figure)
  const own = (figure: Figure) => of('latchkey', figure)
  const aims: Aims = [
    atMost('processor time of a JSON call ÷ nginx', own('cpuUsPerCall') / of('nginx', 'cpuUsPerCall'), 3),
    atLeast('Portkey’s of a JSON call ÷ Latchkey’s', of('portkey', 'cpuUsPerCall') / own('cpuUsPerCall'), 12),
    atMost('processor time of a chunk ÷ nginx', own('cpuUsPerChunk') / of('nginx', 'cpuUsPerChunk'), 2),
    atMost('resident memory, idle, MB', own('idleRssMb'), 120),
    atMost('resident memory, 1,000 open streams, MB', own('openRssMb'), 200),
  ]
  for (const { name, label } of grown) {
    const ratio = of(name, 'cpuUsPerCall') / of(base?.name ?? '', 'cpuUsPerCall')
    aims.push({
      what: `processor time of a JSON call, ${label} ÷ 10 keys, empty log`,
      aim: '0.90–1.10',
      measured: ratio.toFixed(2),
      met: ratio >= 0.9 && ratio <= 1.1,
    })
  }
  return aims.filter(({ measured }) => measured !== 'NaN')
}

function atMost(what: string, value: number, bound: number): Aims[number] {
  return { what, aim: `≤ ${bound}`, measured: shown(value), met: value <= bound }
}

function atLeast(what: string, value: number, bound: number): Aims[number] {
  return { what, aim: `≥ ${bound}`, measured: shown(value), met: value >= bound }
}

function shown(value: number): string {
  return value < 30 ? value.toFixed(1) : value.toFixed(0)
}
