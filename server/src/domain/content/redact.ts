// Redacts what must not be stored in a text.
import type { Finder, Finding } from './find-secrets.ts'
import { textPieces } from './text-pieces.ts'

export type Redacted = {
  text: string
  /** The number of places that were redacted. */
  redactions: number
}

/**
 * The first `limit` UTF-16 units of a text, with a label in the place of each finding. A finding may begin before the
 * limit and end behind it. In an event stream a model's text comes in pieces: what spans several pieces is found too.
 */
export function redact(
  text: string,
  limit: number,
  finders: readonly Finder[],
  isEventStream: boolean,
): Redacted {
  const view = withoutEscapes(text)
  const findings = finders.flatMap((find) => find(view))
  if (isEventStream && finders.length > 0) {
    for (const { joined, pieces } of promptTextIn(view)) {
      for (const finding of finders.flatMap((find) => find(joined)))
        findings.push(...inPieces(finding, pieces))
    }
  }
  let out = ''
  let at = 0
  let redactions = 0
  for (const { start, end, label } of merged(findings.map((finding) => wholeEscapes(text, view, finding)))) {
    if (start >= limit) break
    out += text.slice(at, start) + label
    at = end
    if (label !== '') redactions++
  }
  if (at < limit) out += text.slice(at, limit)
  return { text: out.toWellFormed(), redactions }
}

/**
 * The text with spaces in the place of JSON's escapes, each as long as it was: the `n` of a line end is no part of the word
 * behind it. An escaped slash stays, since it is part of what it stands in.
 */
function withoutEscapes(text: string): string {
  return text.replace(/\\+(?![/\\])["bfnrt]?/g, (escaped) => ' '.repeat(escaped.length))
}

/** A finding that begins or ends within an escape has all of it, so that JSON stays JSON. */
function wholeEscapes(text: string, view: string, finding: Finding): Finding {
  let { start, end } = finding
  const isWithin = (at: number) =>
    text[at - 1] === '\\' && view[at - 1] === ' ' && view[at] === ' ' && text[at] !== ' '
  while (isWithin(start)) start--
  while (isWithin(end)) end++
  return { ...finding, start, end }
}

type Piece = { start: number; length: number; joinedAt: number }

/** The text of each member over all events, and the positions of its pieces. */
function promptTextIn(view: string): { joined: string; pieces: Piece[] }[] {
  const members = new Map<string, { joined: string; pieces: Piece[] }>()
  for (const { name, start, text: piece } of textPieces(view)) {
    const member = members.get(name) ?? { joined: '', pieces: [] }
    members.set(name, member)
    member.pieces.push({
      start,
      length: piece.length,
      joinedAt: member.joined.length,
    })
    member.joined += piece
  }
  return [...members.values()]
}

/** A finding in the joined text as findings in its pieces: the label replaces the first, and the others become empty. */
function inPieces({ start, end, label }: Finding, pieces: Piece[]): Finding[] {
  const found: Finding[] = []
  for (const piece of pieces) {
    const from = Math.max(start, piece.joinedAt)
    const to = Math.min(end, piece.joinedAt + piece.length)
    if (from >= to) continue
    found.push({
      start: piece.start + from - piece.joinedAt,
      end: piece.start + to - piece.joinedAt,
      label: found.length === 0 ? label : '',
    })
  }
  return found
}

/** In order; those that overlap are one, under the first one's label: the rest of a word whose label stands elsewhere has none. */
function merged(findings: Finding[]): Finding[] {
  const out: Finding[] = []
  for (const finding of findings.sort((a, b) => a.start - b.start || a.label.length - b.label.length)) {
    const last = out.at(-1)
    if (last === undefined || finding.start >= last.end) out.push({ ...finding })
    else last.end = Math.max(last.end, finding.end)
  }
  return out
}
