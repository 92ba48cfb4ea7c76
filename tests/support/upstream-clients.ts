// Every UpstreamClient that the product has, for tests that hold each of them to the same.
import type { AppOptions } from '@latchkey/server/app.ts'
import { leanOverUndici } from '@latchkey/server/gateway/lean-client/lean-client.ts'
import { undiciClient } from '@latchkey/server/gateway/upstream-client.ts'

export const UPSTREAM_CLIENTS: readonly [string, NonNullable<AppOptions['upstreamClient']>][] = [
  ['undici', undiciClient],
  ['lean', leanOverUndici],
]
