// The findings of now, with what admins have dismissed.
//
// Owner: this module. Key: the control plane, one a process. Bound: one list each. Lifetime: ten seconds, or twenty times as long as
// computing it took, to a minute. Invalidation: a dismissal changes the list that there is.

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

/** `sinceMs` is known, or when it was seen first by this process. */
export type KnownFinding = Finding & { sinceMs: number; dismissal: Dismissal | null }

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
  /** When a finding was seen first that does not say since when it is. */
  seen: Map<string, number>
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

/** A finding that an actor may see; null where there is none of this id. */
export async function findFinding(
  plane: ControlPlane,
  actor: Actor,
  id: string,
): Promise<KnownFinding | null> {
  const { findings } = await current(plane)
  return findings.find((finding) => finding.id === id && isVisible(finding, actor)) ?? null
}

/** The next reader gets findings that were computed anew. */
export function forgetFindings(plane: ControlPlane): void {
  const state = known.get(plane)
  if (state === undefined) return
  state.at = null
  // One that is being computed may have read what was there before.
  state.running = null
}

async function current(plane: ControlPlane): Promise<Known> {
  let state = known.get(plane)
  if (state === undefined) {
    state = { at: null, running: null, seen: new Map() }
    known.set(plane, state)
  }
  if (state.at !== null && isFresh(state.at, plane.clock())) return state.at
  if (state.running !== null) return state.running
  const running = refresh(plane, state)
  state.running = running
  try {
    const fresh = await running
    if (state.running === running) state.at = fresh
    return fresh
  } finally {
    if (state.running === running) state.running = null
  }
}

async function refresh(plane: ControlPlane, state: State): Promise<Known> {
  const beganMs = performance.now()
  const found = await computeFindings(plane)
  const present = new Set(found.map(({ id }) => id))
  const dismissals = new Map<string, Dismissal>()
  const ended: string[] = []
  for (const dismissal of await readDismissals(plane.store)) {
    if (present.has(dismissal.findingId)) dismissals.set(dismissal.findingId, dismissal)
    else ended.push(dismissal.findingId)
  }
  await removeDismissals(plane.store, ended)
  const nowMs = plane.clock()
  const findings = found
    .map((finding) => ({
      ...finding,
      sinceMs: finding.sinceMs ?? state.seen.get(finding.id) ?? nowMs,
      dismissal: dismissals.get(finding.id) ?? null,
    }))
    .sort((a, b) => rank(a.code) - rank(b.code) || (a.id < b.id ? -1 : 1))
  state.seen = new Map(findings.map(({ id, sinceMs }) => [id, sinceMs]))
  const byKey = new Map<number, KnownFinding[]>()
  for (const finding of findings) {
    if (finding.apiKeyNumber === null) continue
    const list = byKey.get(finding.apiKeyNumber) ?? []
    list.push(finding)
    byKey.set(finding.apiKeyNumber, list)
  }
  const tookMs = performance.now() - beganMs
  const freshMs = Math.min(STALE_MS, Math.max(FRESH_MS, TIMES_COMPUTING * tookMs))
  return { findings, byKey, computedMs: nowMs, freshMs }
}

function isFresh({ computedMs, freshMs }: Known, nowMs: number): boolean {
  return nowMs >= computedMs && nowMs - computedMs < freshMs
}

/** An actor that may see some owners' keys alone sees nothing else either. */
function isVisible({ code, ownerId }: Finding, { scopes, owners }: Actor): boolean {
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

function rank(code: FindingCode): number {
  return FINDING_SEVERITIES.indexOf(aboutFinding(code).severity)
}
