// Builds the data plane from what is configured and what it is given.
import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { KEY_PAGE } from '../domain/endpoints/endpoints.ts'
import type { OwnKeys } from '../domain/keys/own-key.ts'
import type { DenialHelp } from '../domain/policy/denial.ts'
import { type AddressPolicy, checkedLookup } from '../domain/upstreams/upstream-address.ts'
import type { UpstreamClient, UpstreamTimeouts } from '../http/client/upstream-client.ts'
import { BodySpool, type SpoolOptions } from '../http/spool/body-spool.ts'
import { clientAddresses } from '../http/wire/client-address.ts'
import type { CallLog } from '../ledger/journal/call-log.ts'
import type { AdmittableKey } from '../store/queries/api-keys.ts'
import { createBodyMemory } from './admission/body-memory.ts'
import { UnorderedSet } from './call/unordered-set.ts'
import { type CaptureSettings, captureOf } from './capture/call-capture.ts'
import { createContentMemory } from './capture/content-memory.ts'
import type { ClientSecrets } from './client-secrets/client-secrets.ts'
import { withEcho } from './echo/echo-client.ts'
import type { CallRules, Gateway, GatewayLimits, RoutingLimits } from './gateway.ts'
import { createAuthenticationThrottle } from './identity/authentication-throttle.ts'
import { createKeyDirectory } from './identity/key-directory.ts'
import { createEstimator } from './metering/estimate/estimator.ts'
import type { ObjectBindings } from './objects/object-bindings.ts'
import { createPriceBook } from './pricing/price-book.ts'
import { createModelList } from './routing/model-list.ts'
import { createRouteHealth } from './routing/route-health.ts'
import type { Routes } from './routing/route-table.ts'
import { createUsageRequests } from './routing/usage-requests.ts'

export type GatewayParts = {
  routes: Routes
  /** Where browsers reach the console, without a slash at the end; null: nobody has said. */
  publicUrl: string | null
  /** Networks of the proxies in front, whose X-Forwarded-For is believed. */
  trustedProxies: string[]
  drainMs: number
  clientIdleMs: number
  limits: GatewayLimits
  spool: SpoolOptions
  routing: RoutingLimits
  capture: CaptureSettings
  timeouts: UpstreamTimeouts
  upstreamClient(timeouts: UpstreamTimeouts, lookup: LookupFunction): UpstreamClient
  /** Whether upstreams that admins set up may be in private networks. */
  privateUpstreams: AddressPolicy['privateUpstreams']
  /** Resolves their hosts to addresses, which are checked then; absent: the system's resolver. */
  lookup?: LookupFunction | undefined
  /** Milliseconds since the epoch. */
  clock: () => number
  /** Reads a key from the store. Rejects where the store does not respond. */
  findKey(hash: Uint8Array<ArrayBuffer>): Promise<AdmittableKey | null>
  ownKeys: OwnKeys
  rules: CallRules
  objects: ObjectBindings
  clientSecrets: ClientSecrets
  /** Tells the other workers of the node of a failed authentication; absent: there are none. */
  tellFailedAuthentication?: ((clientIp: string | null) => void) | undefined
  calls: Pick<CallLog, 'open' | 'record'>
  onInternalError: Gateway['onInternalError']
  onTransportFailure: Gateway['onTransportFailure']
}

/** A gateway with connections, a key directory and a list of models of its own; `client` and `estimator` are to be closed. */
export function createGateway(parts: GatewayParts): Gateway {
  const { routes, clock, calls } = parts
  const lookup = checkedLookup(parts, parts.lookup ?? systemLookup)
  const client = withEcho(parts.upstreamClient(parts.timeouts, lookup), clock)
  const contentMemory = createContentMemory()
  return {
    keys: createKeyDirectory(parts.findKey, undefined, helpAt(parts.publicUrl)),
    findKey: parts.findKey,
    ownKeys: parts.ownKeys,
    authentication: createAuthenticationThrottle(clock, parts.tellFailedAuthentication),
    rules: parts.rules,
    clientSecrets: parts.clientSecrets,
    routes,
    prices: createPriceBook(clock, (error) => parts.onInternalError(error, null)),
    models: createModelList(routes, client, clock),
    objects: parts.objects,
    usageRequests: createUsageRequests(clock),
    inFlight: new UnorderedSet(),
    addresses: clientAddresses(parts.trustedProxies),
    client,
    lookup,
    limits: parts.limits,
    bodyMemory: createBodyMemory(parts.limits),
    spool: new BodySpool(parts.spool),
    spoolRoom: createBodyMemory({
      bodyBytesInFlight: parts.limits.spoolBytes,
      bodyBytesInFlightPerKey: parts.limits.spoolBytesPerKey,
    }),
    routing: parts.routing,
    health: createRouteHealth({ clock, breakerFailures: parts.routing.breakerFailures }),
    drainMs: parts.drainMs,
    clientIdleMs: parts.clientIdleMs,
    estimator: createEstimator(parts.limits),
    clock,
    captureOf: (key, headers) => captureOf(parts.capture, contentMemory, key, headers),
    open: calls.open,
    record: calls.record,
    onInternalError: parts.onInternalError,
    onTransportFailure: parts.onTransportFailure,
  }
}

/** The console's page for whoever has a key and no account: console/src/routes/key/. */
function helpAt(publicUrl: string | null): DenialHelp | null {
  return publicUrl === null ? null : { url: publicUrl + KEY_PAGE, contact: null }
}
