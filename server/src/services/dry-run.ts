// Tries a change out: all of its rules are asked, and nothing of it stays.
import type { Store } from '../store/store.ts'
import type { ControlPlane } from './control-plane.ts'

type Work<Value> = Parameters<Store['prisma']['$transaction']>[0] extends (tx: infer Tx) => unknown
  ? (tx: Tx) => Promise<Value>
  : never

/** Ends a transaction whose result is known. */
class RolledBack extends Error {}

/** What tells others of a change. One that is added to the control plane has to be silenced here to compile. */
type Effects = {
  [Name in keyof ControlPlane as Name extends
    | `announce${string}`
    | 'abortInFlightCalls'
    | 'keepPlaygroundSecret'
    ? Name
    : never]: ControlPlane[Name]
}

const NO_EFFECTS: Effects = {
  announceKeyChange: async () => undefined,
  announceSharedChange: async () => undefined,
  announceRoutesChange: async () => undefined,
  announceCosts: () => undefined,
  announceRecalculation: () => undefined,
  keepPlaygroundSecret: () => undefined,
  abortInFlightCalls: async () => 0,
}

/**
 * A control plane for services that change things in transactions: each is rolled back at its end, and nothing is announced. What a
 * service returns is what it would have returned.
 */
export function dryRunOf(plane: ControlPlane): ControlPlane {
  const { prisma } = plane.store
  const transaction = async <Value>(work: Work<Value>): Promise<Value> => {
    const results: Value[] = []
    try {
      await prisma.$transaction(async (tx) => {
        results.push(await work(tx))
        throw new RolledBack()
      })
    } catch (error) {
      if (!(error instanceof RolledBack)) throw error
    }
    const [result] = results
    if (result === undefined) throw new Error('the transaction has no result')
    return result
  }
  const rolledBack = new Proxy(prisma, {
    get: (client, property) =>
      property === '$transaction' ? transaction : Reflect.get(client, property, client),
  })
  return { ...plane, ...NO_EFFECTS, store: { ...plane.store, prisma: rolledBack } }
}
