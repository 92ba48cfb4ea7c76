// The pieces in which the events of a stream have a model's text.

/** A piece of the text of one member: as it stands in JSON, without its quotation marks. */
export type TextPiece = { name: string; start: number; text: string }

// A repetition takes what cannot begin what is behind it, so that time grows with the length alone.
const PIECE =
  /"(content|text|delta|arguments|reasoning|reasoning_content|refusal|transcript|partial_json)" ?: ?"([^"\\]*(?:\\.[^"\\]*)*)"/gs

/** The pieces in the order of the text; `start`: where a piece is in it. */
export function* textPieces(events: string): Generator<TextPiece> {
  for (const { index, 0: all, 1: name = '', 2: text = '' } of events.matchAll(PIECE))
    yield { name, start: index + all.length - 1 - text.length, text }
}
