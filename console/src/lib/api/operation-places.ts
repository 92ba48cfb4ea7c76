// One query of a screen in several forms, as for each group of a list: which of them a new one replaces, and what each is called.
import type { Operation } from './operation.ts'

type Known = Operation & {
  /** Its response is still awaited, so that a query of the same name beside it is another question. */
  isOpen: () => boolean
}

/**
 * The place of the query that `next` takes: the same one, else the most similar of its name that has ended. -1: it is a further one.
 */
export function placeOf(next: Operation, known: readonly Known[]): number {
  const wanted = leavesOf(next.variables)
  let [place, least] = [-1, Number.POSITIVE_INFINITY]
  for (const [at, each] of known.entries()) {
    if (each.name !== next.name) continue
    const differing = differences(wanted, leavesOf(each.variables)).size
    if (differing === 0) return at
    if (differing < least && !each.isOpen()) [place, least] = [at, differing]
  }
  return place
}

const labelChars = 60

/** A label for each: its name, and where several have that, the variables in which it differs from the others. */
export function labelsOf(operations: readonly Operation[]): string[] {
  return operations.map((operation) => {
    const own = leavesOf(operation.variables)
    const others = operations.filter((each) => each !== operation && each.name === operation.name)
    const names = new Set(others.flatMap((each) => [...differences(own, leavesOf(each.variables))]))
    const values = [...names].flatMap((name) => own.get(name) ?? [])
    return [operation.name, ...values].join(' · ').slice(0, operation.name.length + labelChars)
  })
}

/** Every value that is set, by the path to it. */
function leavesOf(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (typeof value === 'object' && value !== null)
    for (const [name, each] of Object.entries(value)) leavesOf(each, `${path}.${name}`, found)
  else if (value !== null && value !== undefined) found.set(path, String(value))
  return found
}

function differences(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): Set<string> {
  return new Set([...one.keys(), ...other.keys()].filter((name) => one.get(name) !== other.get(name)))
}
