// Whether a call costs more with more keys and a longer log, and what a second worker brings.
import { thousands } from '../report.ts'
import { type BenchRun, inRounds, startedLatchkey, warmUp } from './bench-run.ts'
import { coolingDown, measureIdle, measurePaced } from './measure.ts'
import { hasSetting } from './targets/latchkey.ts'
import type { Target } from './targets/target.ts'

const FEW_KEYS = 10
const MANY_KEYS = 100_000

/** The first target is what the others are compared with. */
export async function measureGrowth(run: BenchRun, targets: Target[]): Promise<void> {
  const wished = [
    { name: 'latchkey-base', label: '10 keys, empty log', keys: FEW_KEYS, keysInUse: FEW_KEYS, logRows: 0 },
    {
      name: 'latchkey-keys',
      label: `${thousands(MANY_KEYS)} keys, 10 in use`,
      keys: MANY_KEYS,
      keysInUse: FEW_KEYS,
      logRows: 0,
    },
    // Each call is then of another key, whose rollups are read and written for it alone.
    {
      name: 'latchkey-keys-in-use',
      label: `${thousands(MANY_KEYS)} keys, all in use at once`,
      keys: MANY_KEYS,
      keysInUse: MANY_KEYS,
      logRows: 0,
    },
    {
      name: 'latchkey-log',
      label: `a log of ${thousands(run.logRows)} rows`,
      keys: FEW_KEYS,
      keysInUse: FEW_KEYS,
      logRows: run.logRows,
    },
  ] as const
  for (const one of wished) targets.push(await startedLatchkey(run, one))
  await coolingDown()
  for (const target of targets) measureIdle(run.measuring, target)
  for (const [n, target] of targets.entries()) {
    const { keysInUse = 0 } = wished[n] ?? {}
    // Every key is read from the store once, on its first call.
    await warmUp(run, target, keysInUse)
  }
  await inRounds(run, targets, measurePaced)
}

/** One and two workers, on the same two cores; nothing where this version has no workers. */
export async function measureWorkers(run: BenchRun, targets: Target[]): Promise<void> {
  if (!hasSetting('LATCHKEY_WORKERS')) return
  for (const count of [1, 2]) {
    targets.push(
      await startedLatchkey(run, {
        name: `latchkey-workers-${count}`,
        label: `LATCHKEY_WORKERS=${count}`,
        keys: FEW_KEYS,
        prefix: run.pins.twoCores,
        env: { LATCHKEY_WORKERS: String(count) },
      }),
    )
  }
  for (const target of targets) await warmUp(run, target)
  await inRounds(run, targets)
}
