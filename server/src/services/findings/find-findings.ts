// The findings of now, with what admins have dismissed.
//
// Owner: this module. Key: the control plane, one a process. Bound: one list each. Lifetime: ten seconds, or twenty times as long as
// computing it took, to a minute. Invalidation: `forgetFindings`, after every GraphQL mutation of an admin.
import type { Actor } from '../../domain/admins/actor.ts'
import {
  aboutFinding,
  FINDING_SEVERITIES,
  type Finding,
  type FindingCode,
  type FindingSeverity,
} from '../../domain/findings/finding.ts'
import { type Dismissal, readDismissals, removeDismissals } from '../../store/queries/findings/other-facts.ts'
import type { ControlPlane } from '../control-plane.ts'
import { computeFindings } from './compute-findings.ts'

const FRESH_MS = 10_000
const TIMES_COMPUTING = 20
const STALE_MS = 60_000

export type { Dismissal } from '../../store/queries/findings/other-facts.ts'

export type KnownFinding = Finding & { dismissal: Dismissal | null }

export type FindingFilter = {
  code?: FindingCode[]
  severity?: FindingSeverity[]
  targetId?: string
  /** Absent: those that are not. */
  dismissed?: boolean
}

type Known = {
  findings: KnownFinding[]
  byKey: Map<number, KnownFinding[]>
  /** By the server's clock. */
  computedMs: number
  freshMs: number
}

type State = {
  at: Known | null
  running: Promise<Known> | null
  /** What is being computed may have read what was there before a change. */
  isOutdated: boolean
  /** How long computing took last; kept when the list is forgotten. */
  tookMs: number
  watch: { computed(known: Known): void; forgotten(): void } | null
}

const known = new WeakMap<ControlPlane, State>()

/** What an actor may see of the findings, the gravest first. Rejects where the database fails. */
export async function findFindings(
  plane: ControlPlane,
  actor: Actor,
  filter: FindingFilter,
): Promise<KnownFinding[]> {
  const { findings } = await current(plane)
  return findings.filter((finding) => isVisible(finding, actor) && matches(finding, filter))
}

/** Those of one key that are not dismissed. */
export async function findingsOfKey(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<KnownFinding[]> {
  const found = (await current(plane)).byKey.get(number) ?? []
  return found.filter((finding) => isVisible(finding, actor) && finding.dismissal === null)
}

/** The numbers of the keys that have any of these findings, dismissed ones aside. */
export async function keysWithFindings(
  plane: ControlPlane,
  codes: readonly FindingCode[],
): Promise<number[]> {
  const { byKey } = await current(plane)
  return [...byKey].flatMap(([number, found]) =>
    found.some(({ code, dismissal }) => dismissal === null && codes.includes(code)) ? [number] : [],
  )
}

/** How many findings there are, dismissed ones aside, whoever may see them. */
export async function countBySeverity(plane: ControlPlane): Promise<Record<FindingSeverity, number>> {
  const counts: Record<FindingSeverity, number> = { HIGH: 0, MEDIUM: 0, LOW: 0 }
  for (const { code, dismissal } of (await current(plane)).findings)
    if (dismissal === null) counts[aboutFinding(code).severity] += 1
  return counts
}

/** How many keys that an actor may see have any of these findings, dismissed ones aside. */
export async function countKeysWithFindings(
  plane: ControlPlane,
  { owners }: Pick<Actor, 'owners'>,
  codes: readonly FindingCode[],
): Promise<number> {
  const { byKey } = await current(plane)
  return [...byKey.values()].filter((found) =>
    found.some(
      ({ code, dismissal, ownerId }) =>
        dismissal === null &&
        codes.includes(code) &&
        (owners === null || (ownerId !== null && owners.includes(ownerId))),
    ),
  ).length
}

/** Those of these ids that an actor may see, each once; ids of nothing are left out. */
export async function findingsWithIds(
  plane: ControlPlane,
  actor: Actor,
  ids: readonly string[],
): Promise<KnownFinding[]> {
  const wanted = new Set(ids)
  const { findings } = await current(plane)
  return findings.filter((finding) => wanted.has(finding.id) && isVisible(finding, actor))
}

/** The next reader gets findings that are computed after this; those who follow them as soon as computing again is not too often. */
export function forgetFindings(plane: ControlPlane): void {
  const state = known.get(plane)
  if (state === undefined) return
  forget(state)
  state.watch?.forgotten()
}

export type FindingsWatch = {
  /** Resolves with the first list. Rejects where the database fails. */
  begin(): Promise<void>
  /** Has them computed again in about so many milliseconds, or later where computing takes long. */
  soon(ms: number): void
  end(): void
}

/** Computes the findings again and again, and hands on each list, whoever asked for it. One a control plane at a time. */
export function watchFindings(
  plane: ControlPlane,
  onFindings: (findings: readonly KnownFinding[]) => void,
): FindingsWatch {
  const state = stateOf(plane)
  let timer: NodeJS.Timeout | null = null
  let forced = false

  function schedule(ms: number): void {
    if (timer !== null) clearTimeout(timer)
    timer = setTimeout(round, ms).unref()
  }

  async function round(): Promise<void> {
    if (forced) forget(state)
    forced = false
    try {
      await current(plane)
    } catch {
      // Whoever reads the list is told; here it is tried again.
    }
    if (state.watch === watch && !forced) schedule(state.at?.freshMs ?? FRESH_MS)
  }

  function soon(ms: number): void {
    if (forced || state.watch !== watch) return
    forced = true
    schedule(Math.max(ms, TIMES_COMPUTING * state.tookMs))
  }

  const watch = { computed: ({ findings }: Known) => onFindings(findings), forgotten: () => soon(0) }
  return {
    async begin() {
      state.watch = watch
      onFindings((await current(plane)).findings)
      schedule(FRESH_MS)
    },
    soon,
    end() {
      if (timer !== null) clearTimeout(timer)
      if (state.watch === watch) state.watch = null
    },
  }
}

function forget(state: State): void {
  state.at = null
  state.isOutdated = state.running !== null
}

async function current(plane: ControlPlane): Promise<Known> {
  const state = stateOf(plane)
  if (state.at !== null && isFresh(state.at, plane.clock())) return state.at
  if (state.running !== null) {
    if (!state.isOutdated) return state.running
    // One at a time, however fast changes and readers come.
    await state.running.catch(() => null)
    return current(plane)
  }
  state.running = refresh(plane, state)
  try {
    const fresh = await state.running
    if (!state.isOutdated) state.at = fresh
    state.watch?.computed(fresh)
    return fresh
  } finally {
    state.running = null
    state.isOutdated = false
  }
}

function stateOf(plane: ControlPlane): State {
  let state = known.get(plane)
  if (state === undefined) {
    state = { at: null, running: null, isOutdated: false, tookMs: 0, watch: null }
    known.set(plane, state)
  }
  return state
}

async function refresh(plane: ControlPlane, state: State): Promise<Known> {
  const beganMs = performance.now()
  // Before the findings: one that begins while they are computed may be dismissed before they are known.
  const kept = await readDismissals(plane.store)
  const found = await computeFindings(plane)
  const present = new Set(found.map(({ id }) => id))
  const dismissals = new Map<string, Dismissal>()
  const ended: string[] = []
  for (const dismissal of kept) {
    if (present.has(dismissal.findingId)) dismissals.set(dismissal.findingId, dismissal)
    else ended.push(dismissal.findingId)
  }
  await removeDismissals(plane.store, ended)
  const nowMs = plane.clock()
  const findings = found
    .map((finding) => ({ ...finding, dismissal: dismissals.get(finding.id) ?? null }))
    .sort(byUrgency)
  const byKey = new Map<number, KnownFinding[]>()
  for (const finding of findings) {
    if (finding.apiKeyNumber === null) continue
    const list = byKey.get(finding.apiKeyNumber) ?? []
    list.push(finding)
    byKey.set(finding.apiKeyNumber, list)
  }
  state.tookMs = performance.now() - beganMs
  const freshMs = Math.min(STALE_MS, Math.max(FRESH_MS, TIMES_COMPUTING * state.tookMs))
  return { findings, byKey, computedMs: nowMs, freshMs }
}

function isFresh({ computedMs, freshMs }: Known, nowMs: number): boolean {
  return nowMs >= computedMs && nowMs - computedMs < freshMs
}

/** An actor that may see some owners' keys alone sees nothing else either. */
export function isVisible({ code, ownerId }: Finding, { scopes, owners }: Actor): boolean {
  const isTheirs = owners === null || (ownerId !== null && owners.includes(ownerId))
  return isTheirs && scopes.has(aboutFinding(code).scope)
}

function matches({ code, target, dismissal }: KnownFinding, filter: FindingFilter): boolean {
  return (
    (filter.code === undefined || filter.code.includes(code)) &&
    (filter.severity === undefined || filter.severity.includes(aboutFinding(code).severity)) &&
    (filter.targetId === undefined || target?.id === filter.targetId) &&
    (dismissal !== null) === (filter.dismissed ?? false)
  )
}

/** The gravest first; within a code the key that expires first, the budget of which most is spent, and what has lasted longest. */
function byUrgency(a: KnownFinding, b: KnownFinding): number {
  if (a.code !== b.code) return rank(a.code) - rank(b.code) || (a.code < b.code ? -1 : 1)
  const [before, after] = [urgency(a), urgency(b)]
  if (before !== after) return before < after ? -1 : 1
  return a.id < b.id ? -1 : 1
}

/** The less, the more urgent, among findings of the same code. */
function urgency({ code, detail, sinceMs }: KnownFinding): number {
  switch (code) {
    case 'KEY_EXPIRES_SOON':
      return detail.atMs ?? Number.POSITIVE_INFINITY
    case 'KEY_BUDGET_OVER_80':
      return -(detail.usedPercent ?? 0)
    default:
      return sinceMs ?? Number.POSITIVE_INFINITY
  }
}

function rank(code: FindingCode): number {
  return FINDING_SEVERITIES.indexOf(aboutFinding(code).severity)
}
