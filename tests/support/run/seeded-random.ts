// Chance that can be had again: the same seed, the same numbers.

/** Numbers from 0 up to 1, by a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The seed of this run, printed so that a failure can be had again: FAULTS_SEED, or one of the clock's. */
export function seedOfRun(): number {
  const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000)
  console.log(`FAULTS_SEED=${seed}`)
  return seed
}
