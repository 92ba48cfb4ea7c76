// Dismissing many findings, and showing them again, in requests of as many as the server takes.
import type { FindingCode } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'

/** The most ids that the server takes at once. */
const idsMax = 500
const pageMax = 100

/** The ids of all findings of a code, either of those that are dismissed or of the others. */
export async function idsOfCode(code: FindingCode, dismissed: boolean): Promise<string[]> {
  const ids: string[] = []
  const list = latchkey.findings.list({ first: pageMax, filter: { code: [code], dismissed } })
  for await (const { id } of list) ids.push(id)
  return ids
}

/** Returns the ids of those that had not ended. */
export function dismissFindings(ids: readonly string[], reason: string): Promise<string[]> {
  return inParts(ids, (part) => latchkey.findings.dismissAll(part, reason))
}

/** Returns the ids of those that had not ended. */
export function restoreFindings(ids: readonly string[]): Promise<string[]> {
  return inParts(ids, (part) => latchkey.findings.restoreAll(part))
}

async function inParts(
  ids: readonly string[],
  send: (part: readonly string[]) => Promise<readonly string[]>,
): Promise<string[]> {
  const done: string[] = []
  for (let from = 0; from < ids.length; from += idsMax)
    done.push(...(await send(ids.slice(from, from + idsMax))))
  return done
}
