// Journals made by hand.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeFrame } from '@latchkey/server/ledger/journal/frame.ts'
import { segmentName } from '@latchkey/server/ledger/journal/journal.ts'
import { headLine } from '@latchkey/server/ledger/journal/line.ts'

/** Writes a segment as a killed process leaves it; returns its path. */
export function writeSegment(
  folder: string,
  runId: string,
  number: number,
  lines: string[],
  head: string = headLine(runId),
): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, segmentName(runId, number))
  writeFileSync(path, Buffer.concat([head, ...lines].map(encodeFrame)))
  return path
}
