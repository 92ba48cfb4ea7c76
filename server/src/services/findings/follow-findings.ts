// Follows findings: what begins, changes and ends, for whoever may see it.
//
// Findings are computed, and say nothing by themselves. While anyone follows them they are computed again after some seconds, and a
// second after a key has changed; at most a twentieth of the time goes into that.
import { badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import { aboutFinding, type FindingCode, type FindingSeverity } from '../../domain/findings/finding.ts'
import { ChangeQueue, type Changes } from '../change-queue.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type AccessHolds, follow } from '../follow.ts'
import { isVisible, type KnownFinding, watchFindings } from './find-findings.ts'

const READERS_MAX = 100
// Changes of keys come in groups.
const AFTER_CHANGE_MS = 1_000

/** `finding`: as it is now; null: it has ended, or left the owners of the actor. */
export type FindingChange = { id: string; finding: KnownFinding | null }

export type FollowedFindings = { code?: FindingCode[]; severity?: FindingSeverity[]; targetId?: string }

type Watch = { readers: Set<Reader>; begun: Promise<void> }
type Reader = (before: KnownFinding | null, after: KnownFinding | null) => void

// Owner: this module. Key: the control plane, one a process. Lifetime: while there are readers.
const watches = new WeakMap<ControlPlane, Watch>()

/**
 * The changes of the findings that match and that the actor may see, from now on; of those that are dismissed too. The first batch is
 * empty and comes at once. Ends as `follow` says. Throws BAD_USER_INPUT where too many follow findings, and rejects where the
 * database fails.
 */
export async function followFindings(
  plane: ControlPlane,
  actor: Actor,
  filter: FollowedFindings,
  accessHolds: AccessHolds,
): Promise<AsyncIterableIterator<Changes<FindingChange>>> {
  const watch = watches.get(plane) ?? startWatch(plane)
  if (watch.readers.size >= READERS_MAX)
    throw badInput(null, `${READERS_MAX} subscriptions to findings are open on this node. Close one.`)
  const shown = (finding: KnownFinding | null) =>
    finding !== null && isVisible(finding, actor) && matches(finding, filter)
  const reader: Reader = (before, after) => {
    const id = (after ?? before)?.id
    if (id === undefined || (!shown(before) && !shown(after))) return
    queue.push(id, { id, finding: shown(after) ? after : null })
  }
  const queue: ChangeQueue<string, FindingChange> = new ChangeQueue(() => watch.readers.delete(reader))
  watch.readers.add(reader)
  try {
    await watch.begun
  } catch (error) {
    queue.end()
    throw error
  }
  return follow(plane, { next: () => queue.next(), end: () => queue.end() }, accessHolds)
}

/** Compares each list of findings with the one before it, until nobody follows them. */
function startWatch(plane: ControlPlane): Watch {
  const readers = new Set<Reader>()
  let known: Map<string, KnownFinding> | null = null
  const findings = watchFindings(plane, (list) => {
    const now = new Map(list.map((finding) => [finding.id, finding]))
    const before = known
    known = now
    if (readers.size === 0) return stop()
    if (before === null) return
    for (const [id, finding] of now) {
      const former = before.get(id) ?? null
      if (former === null || !isSame(former, finding)) tell(readers, former, finding)
    }
    for (const [id, former] of before) if (!now.has(id)) tell(readers, former, null)
  })
  // A key that has changed may have other findings.
  const forgetKeys = plane.keyChanges.watch(() => findings.soon(AFTER_CHANGE_MS))
  function stop(): void {
    forgetKeys()
    findings.end()
    watches.delete(plane)
  }
  const begun = findings.begin()
  begun.catch(stop)
  const watch = { readers, begun }
  watches.set(plane, watch)
  return watch
}

function tell(readers: ReadonlySet<Reader>, before: KnownFinding | null, after: KnownFinding | null): void {
  for (const reader of readers) reader(before, after)
}

function matches({ code, target }: KnownFinding, filter: FollowedFindings): boolean {
  return (
    (filter.code === undefined || filter.code.includes(code)) &&
    (filter.severity === undefined || filter.severity.includes(aboutFinding(code).severity)) &&
    (filter.targetId === undefined || target?.id === filter.targetId)
  )
}

function isSame(a: KnownFinding, b: KnownFinding): boolean {
  return (
    a.ownerId === b.ownerId &&
    a.target?.label === b.target?.label &&
    a.dismissal?.reason === b.dismissal?.reason &&
    a.dismissal?.atMs === b.dismissal?.atMs &&
    JSON.stringify(a.detail) === JSON.stringify(b.detail)
  )
}
