// The lean client and undici's understand every response alike, but for what allowances.ts lists.
//
// FUZZ_CASES: how many (25,000); FUZZ_SEED: the first seed (1). A failure names its seed; add it to failing-seeds.ts.
import { expect, test } from 'vitest'
import { seededRandom } from '../support/run/seeded-random.ts'
import { allowanceFor } from './allowances.ts'
import { FAILING_SEEDS } from './failing-seeds.ts'
import { type Meaning, openLane } from './lane.ts'
import { responseCase } from './response-bytes.ts'

const CASES = Number(process.env.FUZZ_CASES ?? 25_000)
const FIRST_SEED = Number(process.env.FUZZ_SEED ?? 1)
// Both clients wait for turns of the event loop, which many cases share.
const LANES = 32
// How often a difference must show to count.
const ATTEMPTS = 3
const DIFFERENCES_SHOWN = 10
const DIFFERENCE_MAX_CHARS = 2_000

type Tally = {
  differences: string[]
  /** How often undici ended, failed and kept its connection; and how often each allowance was needed. */
  ended: number
  failed: number
  reused: number
  allowed: Map<string, number>
}

test.for(FAILING_SEEDS)('seed $seed, with which $fault', async ({ seed }) => {
  expect((await compare([seed])).differences).toEqual([])
})

test(`${CASES.toLocaleString('en')} responses from seed ${FIRST_SEED} on mean the same to both`, async () => {
  const tally = await compare(seeds(FIRST_SEED, CASES))
  const allowed = [...tally.allowed].map(([reason, count]) => `${count} × ${reason}`)
  console.log(
    [`${CASES} cases, ${tally.ended} ended, ${tally.reused} reused, ${tally.failed} failed`, ...allowed].join(
      '\n',
    ),
  )
  expect(tally.differences).toEqual([])
  // The cases are worth their time: many of every kind.
  expect(tally.ended).toBeGreaterThan(CASES / 3)
  expect(tally.failed).toBeGreaterThan(CASES / 5)
  expect(tally.reused).toBeGreaterThan(CASES / 8)
})

function* seeds(from: number, count: number): Generator<number> {
  for (let seed = from; seed < from + count; seed++) yield seed
}

async function compare(cases: Iterable<number>): Promise<Tally> {
  const tally: Tally = { differences: [], ended: 0, failed: 0, reused: 0, allowed: new Map() }
  const queue = cases[Symbol.iterator]()
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      const undici = openLane('undici')
      const lean = openLane('lean')
      for (let next = queue.next(); next.done !== true; next = queue.next()) {
        const test = responseCase(seededRandom(next.value))
        let [theirs, ours] = await Promise.all([undici.run(test), lean.run(test)])
        let allowance = allowanceFor(test, theirs, ours)
        // The clients' idle timers run by the clock: on a machine that stalls, either may close a connection before its next
        // call. What lies in the bytes is there again.
        for (let again = 1; again < ATTEMPTS && allowance === null; again++) {
          ;[theirs, ours] = await Promise.all([undici.run(test), lean.run(test)])
          allowance = allowanceFor(test, theirs, ours)
        }
        if (theirs.outcome === 'end') tally.ended++
        else tally.failed++
        if (theirs.reused === true) tally.reused++
        if (allowance === undefined) continue
        if (allowance !== null) tally.allowed.set(allowance, (tally.allowed.get(allowance) ?? 0) + 1)
        else if (tally.differences.length < DIFFERENCES_SHOWN) {
          const bytes = test.segments.map((segment) => segment.toString('latin1'))
          const asked = { method: test.method, end: test.end, slow: test.slow, bytes }
          const difference = JSON.stringify({ ...asked, undici: reported(theirs), lean: reported(ours) })
          tally.differences.push(`seed ${next.value}: ${difference.slice(0, DIFFERENCE_MAX_CHARS)}`)
        }
      }
      await undici.close()
      await lean.close()
    }),
  )
  return tally
}

function reported(meaning: Meaning): object {
  return { ...meaning, body: meaning.body.toString('latin1') }
}
