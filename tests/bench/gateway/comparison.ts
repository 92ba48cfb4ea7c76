// Side by side: no gateway, nginx, Portkey, Latchkey, and Latchkey without its fast lane.
import { type BenchRun, inRounds, keysFileOf, startedLatchkey, warmUp, warmUpStreams } from './bench-run.ts'
import { has } from './machine.ts'
import {
  coolingDown,
  measureCatchUp,
  measureFlood,
  measureIdle,
  measureOpen,
  measurePaced,
  measureStreams,
} from './measure.ts'
import { hasSetting, secretsOf } from './targets/latchkey.ts'
import { startNginx } from './targets/nginx.ts'
import { startPortkey } from './targets/portkey.ts'
import type { Target } from './targets/target.ts'

const KEYS = 10

/**
 * Measures all targets that can be started here; those that cannot are noted and omitted.
 *
 * @param targets is filled as they start, so that the bench can stop them whatever happens.
 */
export async function compare(run: BenchRun, targets: Target[]): Promise<void> {
  await start(run, targets)
  await coolingDown()
  for (const target of targets) measureIdle(run.measuring, target)
  for (const target of targets) await warmUp(run, target)
  for (const target of targets) await warmUpStreams(run, target)
  await inRounds(run, targets, measurePaced, measureStreams, measureCatchUp, measureFlood)
  for (const target of targets) await measureOpen(run.measuring, target)
}

async function start(run: BenchRun, targets: Target[]): Promise<void> {
  const { upstreamPort, pins, folder } = run
  const keysFile = keysFileOf(run, KEYS)
  if (run.wanted('direct')) {
    const label = 'direct to the upstream'
    targets.push({
      name: 'direct',
      label,
      port: upstreamPort,
      pid: null,
      headers: {},
      keysFile,
      stop: async () => undefined,
    })
  }
  if (run.wanted('nginx')) {
    const program = ['nginx', '/usr/sbin/nginx'].find(has)
    if (program === undefined) run.note('nginx is not installed here, so its row is missing.')
    else {
      const command = [...pins.tested, program]
      targets.push(await startNginx(command, folder, upstreamPort, secretsOf(KEYS), keysFile))
    }
  }
  if (run.wanted('portkey')) {
    try {
      targets.push(await startPortkey(pins.tested, upstreamPort, keysFile))
    } catch (error) {
      run.note(`The row of @portkey-ai/gateway is missing: ${(error as Error).message.split('\n')[0]}`)
    }
  }
  if (!run.wanted('latchkey')) return
  // The first start of a version compiles what later ones find compiled, and keeps some 50 MB for it.
  const first = await startedLatchkey(run, { name: 'latchkey-first', label: 'the first start', keys: KEYS })
  await warmUp(run, first)
  await first.stop()
  const label = 'Latchkey: key check, limits, journal, metering'
  targets.push(await startedLatchkey(run, { name: 'latchkey', label, keys: KEYS }))
  if (!hasSetting('LATCHKEY_FAST_LANE')) return
  targets.push(
    await startedLatchkey(run, {
      name: 'latchkey-libraries',
      label: 'the same with LATCHKEY_FAST_LANE=off',
      keys: KEYS,
      env: { LATCHKEY_FAST_LANE: 'off' },
    }),
  )
}
