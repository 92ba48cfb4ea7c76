// Every UpstreamClient that the product has, for tests that hold each of them to the same.
import type { AppOptions } from '@latchkey/server/app/create-app.ts'
import { readConfig } from '@latchkey/server/app/settings/config.ts'
import { leanOverUndici } from '@latchkey/server/http/client/h1/lean-client.ts'
import { undiciClient } from '@latchkey/server/http/client/undici-client.ts'
import type { UpstreamTimeouts } from '@latchkey/server/http/client/upstream-client.ts'

/** What an empty environment waits for. */
export const USUAL_TIMEOUTS: UpstreamTimeouts = readConfig({}).timeouts

export const UPSTREAM_CLIENTS: readonly [string, NonNullable<AppOptions['upstreamClient']>][] = [
  ['undici', undiciClient],
  ['lean', leanOverUndici],
]
