// The messages between the main thread and the ingesting thread.

import type { RedactionRules } from '../../domain/content/redaction-rules.ts'

export type ContentKeeping = {
  /** Milliseconds that content is kept. */
  keepMs: number
  /** The most bytes that all stored content may take; null: no bound. */
  quotaBytes: number | null
  redaction: RedactionRules
}

export type IngestSetup = {
  folder: string
  /** This run. Every process that writes to the journal during it has a run id that begins with this one. */
  runId: string
  database: string
  /** Milliseconds that request logs and rollups are kept; null: for ever. */
  keepLogsMs: number | null
  rollupRetentionMs: number | null
  contents: ContentKeeping
  /** How many calls are in flight, as in-flight-calls.ts shares it; null where other processes serve them. */
  inFlight: SharedArrayBuffer | null
}

/** What a thread is started with. */
export type IngestWorkerSetup = IngestSetup & {
  /** It takes the place of a thread that had fallen too far behind, and does not yield until it has caught up. */
  hurries: boolean
}

export type IngestRequest =
  /** There is something new; no report. */
  | { kind: 'written' }
  /** Reported as settled once all that was in the journal has been ingested. */
  | { kind: 'settle'; id: number }
  /** A process that wrote with this run id has ended: its open calls are interrupted. */
  | { kind: 'ended'; runId: string }
  /** One last round, then the thread ends; nobody writes any more. */
  | { kind: 'close' }

export type IngestReport =
  | { kind: 'settled'; id: number }
  /** After each round: null when it went well. `trimmed`: contents that this thread has removed because of their quota. */
  | { kind: 'round'; error: string | null; quarantined: number; lagBytes: number; trimmed: number }
  /** The thread yields and has fallen too far behind; it ends, so that one that does not yield takes its place. */
  | { kind: 'replace' }
