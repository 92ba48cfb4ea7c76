// What the main thread and the ingesting thread say to each other.

import type { RedactionRules } from '../../domain/content/redaction-rules.ts'

export type ContentKeeping = {
  /** Milliseconds that content is kept. */
  keepMs: number
  redaction: RedactionRules
}

export type IngestSetup = {
  folder: string
  /** This run. Whoever writes to the journal during it has a boot that begins with this one. */
  runId: string
  database: string
  /** Milliseconds that request logs and sums are kept; null: for ever. */
  keepLogsMs: number | null
  rollupRetentionMs: number | null
  contents: ContentKeeping
}

export type IngestRequest =
  /** There is something new; no answer. */
  | { kind: 'written' }
  /** Answered once all that stood in the journal has been ingested. */
  | { kind: 'settle'; id: number }
  /** A process that wrote with this boot is gone: what it left open is interrupted. */
  | { kind: 'ended'; runId: string }
  /** One last round, then the thread ends; nobody writes any more. */
  | { kind: 'close' }

export type IngestReport =
  | { kind: 'settled'; id: number }
  /** After each round: null when it went well. */
  | { kind: 'round'; error: string | null; quarantined: number; lagBytes: number }
