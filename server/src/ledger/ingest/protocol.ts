// What the main thread and the ingesting thread say to each other.

export type IngestSetup = {
  folder: string
  boot: string
  database: string
  /** Milliseconds that request logs and sums are kept; null: for ever. */
  keepLogsMs: number | null
  keepSumsMs: number | null
}

export type IngestRequest =
  /** There is something new; no answer. */
  | { kind: 'written' }
  /** Answered once all that stood in the journal has been ingested. */
  | { kind: 'settle'; id: number }
  /** One last round, then the thread ends. */
  | { kind: 'close' }

export type IngestReport =
  | { kind: 'settled'; id: number }
  /** After each round: null when it went well. */
  | { kind: 'round'; error: string | null; quarantined: number; lagBytes: number }
