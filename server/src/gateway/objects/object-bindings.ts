// What the gateway knows of the objects that upstreams store: whose each is, and which upstream and credential made it.
import type { Upstream } from '../../domain/upstreams/upstream.ts'

/** An upstream with one of its credentials, by what stays the same across restarts and changes of the route table. */
export type BoundRoute = {
  /** The name, by which an upstream of the environment is known. */
  upstream: string
  /** Null for an upstream of the environment. */
  upstreamId: number | null
  credentialId: number | null
}

export type ObjectBinding = { apiKeyId: number; route: BoundRoute }

/** By the object's id; an object without a binding is not in it. */
export type FoundBindings = ReadonlyMap<string, ObjectBinding>

export type ObjectBindings = {
  /** No promise where all is in memory. Rejects where the database, or the owner, does not respond. */
  find(ids: readonly string[]): FoundBindings | Promise<FoundBindings>
  /**
   * Binds objects to the key and the route that made them; one that is another key's stays so. Returns a promise where a
   * follow-up might not find them yet: it resolves once any process does, and with `isDurable` once they are in the database, or
   * some seconds have passed. Never rejects.
   */
  bind(apiKeyId: number, route: BoundRoute, ids: readonly string[], isDurable: boolean): Promise<void> | null
  /** Of these objects, those that are the key's; for long lists, of which nothing is kept in memory. Rejects as `find` does. */
  ownedBy(apiKeyId: number, ids: readonly string[]): Promise<ReadonlySet<string>>
  /** The key has deleted its object. */
  forget(apiKeyId: number, id: string): void
}

/** The route of an upstream with its credential. */
export function boundRoute({ name, settings }: Upstream): BoundRoute {
  return {
    upstream: name,
    upstreamId: settings?.upstreamId ?? null,
    credentialId: settings?.credentialId ?? null,
  }
}

/** Whether an upstream is that of a binding, with whatever credential. */
export function isBoundUpstream({ name, settings }: Upstream, { upstream, upstreamId }: BoundRoute): boolean {
  return upstreamId === null
    ? settings === undefined && name === upstream
    : settings?.upstreamId === upstreamId
}

/** Whether an upstream with its credential is that of a binding. */
export function isBoundRoute(upstream: Upstream, route: BoundRoute): boolean {
  return isBoundUpstream(upstream, route) && (upstream.settings?.credentialId ?? null) === route.credentialId
}
