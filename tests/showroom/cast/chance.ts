// Choices from chance that can be had again: the same seed, the same history.
import { seededRandom } from '../../support/run/seeded-random.ts'

export type Chance = {
  /** From 0 to below 1. */
  random(): number
  /** A whole number, both ends included. */
  whole(from: number, to: number): number
  /** True with this probability. */
  happens(probability: number): boolean
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T
  /** One of a list of pairs, by their weights. */
  pickWeighted<T>(list: readonly (readonly [T, number])[]): T
  /** Around `median`, as durations and sizes are distributed: `spread` 0.5 is narrow, 1 is wide. */
  around(median: number, spread: number): number
}

/** Chance by a seed. Throws where a list to pick from is empty. */
export function chanceOf(seed: number): Chance {
  const random = seededRandom(seed)
  const pick = <T>(list: readonly T[]): T => {
    const found = list[Math.floor(random() * list.length)]
    if (found === undefined) throw new Error('there is nothing to pick from')
    return found
  }
  return {
    random,
    pick,
    whole: (from, to) => from + Math.floor(random() * (to - from + 1)),
    happens: (probability) => random() < probability,
    pickWeighted(list) {
      let left = random() * list.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [one, weight] of list) {
        left -= weight
        if (left < 0) return one
      }
      return pick(list)[0]
    },
    // Box and Muller: a logarithm that is normally distributed.
    around: (median, spread) =>
      median * Math.exp(spread * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())),
  }
}
