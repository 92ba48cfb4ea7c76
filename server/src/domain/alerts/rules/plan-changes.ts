// What a round of evaluation changes: which alerts open, which are resolved, and which of them are sent.
import { MINUTE_MS } from '../../time.ts'

/** What a rule found to be so now, of one target. */
export type Finding = {
  /** The public id of what it is about, or a word. */
  target: string
  label: string
  message: string
}

/** `complete`: what is not among the findings is not so; else nothing is known of it. */
export type Judgement = { findings: Finding[]; complete: boolean }

/** An alert that is open. */
export type OpenAlert = { id: string; target: string; openedAt: Date; notifiedAt: Date | null }

export type Plan<Known extends OpenAlert> = {
  open: Finding[]
  resolve: Known[]
  /** Open ones that were not sent yet, because their rule was muted. */
  late: Known[]
  /** Open ones that are sent again. */
  repeat: { alert: Known; finding: Finding }[]
}

/** More targets of one rule are not opened: whoever gets 500 alerts looks at the list. */
export const OPEN_MAX = 500

/** Compares what is open with what is so now. While the rule is muted, alerts open and are resolved, and nothing is sent. */
export function planChanges<Known extends OpenAlert>(
  known: readonly Known[],
  { findings, complete }: Judgement,
  { muted, repeatMinutes, nowMs }: { muted: boolean; repeatMinutes: number | null; nowMs: number },
): Plan<Known> {
  const byTarget = new Map(findings.map((finding) => [finding.target, finding]))
  const open = new Set(known.map(({ target }) => target))
  const plan: Plan<Known> = { open: [], resolve: [], late: [], repeat: [] }
  for (const finding of byTarget.values()) {
    if (open.size >= OPEN_MAX) break
    if (open.has(finding.target)) continue
    open.add(finding.target)
    plan.open.push(finding)
  }
  for (const alert of known) {
    const finding = byTarget.get(alert.target)
    if (finding === undefined) {
      if (complete) plan.resolve.push(alert)
    } else if (!muted && alert.notifiedAt === null) plan.late.push(alert)
    else if (!muted && alert.notifiedAt !== null && repeatMinutes !== null) {
      if (nowMs - alert.notifiedAt.getTime() >= repeatMinutes * MINUTE_MS)
        plan.repeat.push({ alert, finding })
    }
  }
  return plan
}
