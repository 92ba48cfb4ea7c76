// Ninety days of a server's life, made in a minute: the server itself is started with a clock that is turned forward, admins change
// things by its API, calls go through its rules and prices into its journal, and its alerts are judged in between. Rows, rollups,
// budgets, receipts and audit events are those of the product; no table is written to past it.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type App, createApp } from '@latchkey/server/app/create-app.ts'
import { followRoutes } from '@latchkey/server/app/follow-routes.ts'
import { createKeyRules } from '@latchkey/server/app/key-rules.ts'
import { type Config, readConfig } from '@latchkey/server/app/settings/config.ts'
import { encryptionKey } from '@latchkey/server/app/settings/encryption-key.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@latchkey/server/domain/time.ts'
import { createKeyDirectory } from '@latchkey/server/gateway/identity/key-directory.ts'
import { createPriceBook } from '@latchkey/server/gateway/pricing/price-book.ts'
import { createLiveRoutes } from '@latchkey/server/gateway/routing/live-route-table.ts'
import { findKeyByHash } from '@latchkey/server/store/queries/api-keys.ts'
import { pino } from 'pino'
import { type Chance, chanceOf } from '../cast/chance.ts'
import { plannedKeys } from '../cast/keys.ts'
import { MODELS } from '../cast/upstreams.ts'
import { startProviders } from '../providers.ts'
import { createDesk, SHOWROOM_PASSWORD } from './admin-desk.ts'
import { plannedChanges } from './changes.ts'
import { type EndedCall, judgeCall } from './judged-call.ts'
import type { PastGateway } from './past-gateway.ts'
import { callsOfHour, weightOfHour } from './planned-calls.ts'
import { notYetMade, type SeededKey } from './seeded-keys.ts'
import { setUp } from './set-up.ts'

export type SeedOptions = {
  dataDir: string
  /** `postgresql://…`; null: a SQLite file in the data directory. Must be empty. */
  database: string | null
  /** How many calls, about. */
  calls: number
  seed: number
  /** The end of the history, in milliseconds since the epoch. */
  endMs: number
  onProgress(text: string): void
}

export type SeededHistory = { calls: number; keys: SeededKey[]; recentIds: Map<string, string> }

/** Calls are made for so many days; the server has been there for longer, so that keys can be old and unused. */
const DAYS = 90
const DAYS_OF_SERVER = 200
const CALLS_A_TURN = 200

/** Makes the history. Rejects where the database is not empty, or where anything of it is refused. */
export async function seedHistory(options: SeedOptions): Promise<SeededHistory> {
  const { endMs, seed, onProgress } = options
  const startMs = Math.floor((endMs - DAYS * DAY_MS) / HOUR_MS) * HOUR_MS + HOUR_MS
  let nowMs = endMs - DAYS_OF_SERVER * DAY_MS
  const clock = () => nowMs
  const config = readConfig({
    LATCHKEY_PORT: '0',
    LATCHKEY_DATA_DIR: options.dataDir,
    LATCHKEY_ADMIN_PASSWORD: SHOWROOM_PASSWORD,
    // Admins come from addresses of their own.
    LATCHKEY_TRUSTED_PROXIES: '127.0.0.1',
    ...(options.database !== null && { DATABASE_URL: options.database }),
  })
  const log = pino({ level: 'error' }, process.stderr)
  const providers = await startProviders()
  const app = await createApp({ config, encryptionKey: encryptionKey(config), log, clock, alertTimer: false })
  try {
    const url = await app.listen()
    const desk = createDesk(url, clock)
    const pass = (minutes: number) => {
      nowMs += minutes * MINUTE_MS
    }
    const made = await setUp(url, desk, pass)
    const keys = notYetMade(plannedKeys(seed))
    const gateway = await pastGateway(app, config, clock, chanceOf(seed), endMs)
    const changes = plannedChanges(desk, made, keys, endMs, seed)
    const pending: EndedCall[] = []
    const recentIds = new Map<string, string>()
    const hours = hourCounts(startMs, endMs, options.calls, chanceOf(seed ^ 0x686f7572))
    let calls = 0
    const changeUntil = async (untilMs: number) => {
      for (let next = changes[0]; next !== undefined && next.atMs <= untilMs; next = changes[0]) {
        nowMs = Math.max(nowMs, next.atMs)
        changes.shift()
        await next.make()
        forget(gateway, next.key, keys)
      }
    }
    await changeUntil(startMs)
    for (const { hourMs, count } of hours) {
      for (const call of callsOfHour(keys, count, hourMs, endMs, gateway.chance)) {
        await changeUntil(call.atMs)
        if (nowMs < call.atMs) nowMs = call.atMs
        endCalls(app, pending, nowMs, recentIds)
        pending.push(await judgeCall(gateway, call))
        if (++calls % CALLS_A_TURN === 0) await nextTurn()
      }
      const hourEndMs = Math.min(endMs, hourMs + HOUR_MS - 1)
      // Also where there are no calls: the first keys are made so.
      await changeUntil(hourEndMs)
      nowMs = Math.max(nowMs, hourEndMs)
      if (isJudgedHour(hourMs, endMs)) {
        endCalls(app, pending, nowMs, recentIds)
        await app.alerts.evaluate()
        await app.alerts.deliver()
      }
      if (hourMs % DAY_MS === 0) {
        while (!(await app.ledger.settled())) await nextTurn()
        onProgress(`${new Date(hourMs).toISOString().slice(0, 10)}  ${calls} calls`)
      }
    }
    await changeUntil(endMs)
    endCalls(app, pending, Number.POSITIVE_INFINITY, recentIds)
    while (!(await app.ledger.settled())) await nextTurn()
    nowMs = endMs
    await app.alerts.evaluate()
    await app.alerts.deliver()
    return { calls, keys, recentIds }
  } finally {
    await app.close(30_000, 0)
    await providers.close()
  }
}

/** The parts of the data plane that judge a call, over the database of this server and the clock of the history. */
async function pastGateway(
  app: App,
  config: Config,
  clock: () => number,
  chance: Chance,
  endMs: number,
): Promise<PastGateway> {
  const log = pino({ level: 'error' }, process.stderr)
  const { store, ledger } = app
  const routes = createLiveRoutes([], null, undefined, chance.random)
  await followRoutes({ config, encryptionKey: encryptionKey(config), log }, store, routes.replace).reload()
  const prices = createPriceBook(clock, (error) => log.error({ err: error }, 'no price catalog'))
  for (const { name } of MODELS) {
    const found = routes.resolveRoutes(name)
    for (const route of found === null ? [] : [found.first, ...found.others]) await prices.opening(route)
  }
  return {
    keys: createKeyDirectory((hash) => findKeyByHash(store, hash)),
    admission: createKeyRules({ store, ledger, clock, log }).admission,
    routes,
    prices,
    chance,
    endMs,
    clock,
    open: (record) => ledger.open(record),
  }
}

/** What the directory knows of a key is old after a change; a change of anything else may concern any key. */
function forget(gateway: PastGateway, changed: SeededKey | null, all: readonly SeededKey[]): void {
  for (const { secretHash, formerHash } of changed === null ? all : [changed])
    gateway.keys.forget([secretHash, formerHash ?? secretHash])
}

/** Records the calls that have ended by now, in the order of their ends. */
function endCalls(app: App, pending: EndedCall[], nowMs: number, recentIds: Map<string, string>): void {
  const ended = pending.filter(({ endMs }) => endMs <= nowMs)
  if (ended.length === 0) return
  pending.splice(0, pending.length, ...pending.filter(({ endMs }) => endMs > nowMs))
  for (const { record, content, beginning, settle } of ended.sort((a, b) => a.endMs - b.endMs)) {
    settle()
    app.ledger.record(record, undefined, content, beginning)
    if (record.errorCode !== null) recentIds.set(`${record.apiKeyId} ${record.errorCode}`, record.id)
  }
}

/** How many calls begin in each hour. */
function hourCounts(startMs: number, endMs: number, calls: number, chance: Chance) {
  const hours: { hourMs: number; weight: number }[] = []
  for (let hourMs = startMs; hourMs < endMs; hourMs += HOUR_MS)
    hours.push({ hourMs, weight: weightOfHour(hourMs, endMs, chance) })
  const all = hours.reduce((sum, { weight }) => sum + weight, 0)
  let owed = 0
  return hours.map(({ hourMs, weight }) => {
    owed += (calls * weight) / all
    const count = Math.floor(owed)
    owed -= count
    return { hourMs, count }
  })
}

/** Alerts are judged twice a day, and every hour of the last three days. */
function isJudgedHour(hourMs: number, endMs: number): boolean {
  return endMs - hourMs < 3 * DAY_MS || (hourMs / HOUR_MS) % 12 === 9
}
