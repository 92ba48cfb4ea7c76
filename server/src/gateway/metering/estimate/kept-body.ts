// What is kept of a body for an estimate: all of it, or sections that are spread over it.

/** A stretch of a stream that can be decoded by itself. */
export type Section = {
  /** Its pieces, each behind a head that says what it shares with the piece before. */
  coded: Uint8Array
  /** Of the stream. */
  bytes: number
}

export type KeptBody = {
  /** The body, byte for byte; null where `sections` hold it, or parts of it. */
  whole: Uint8Array | null
  /** In their order. Where their bytes are `totalBytes`, they are the whole body. */
  sections: Section[]
  /** Of the body that the estimate is of. */
  totalBytes: number
}

/** A body up to here is kept, sent to the tokenizer's thread and parsed as one: parsing this much JSON takes 1 to 3 ms. */
export const WHOLE_MAX_BYTES = 256 * 1024

/** A body that is kept whole; the bytes are not copied. */
export function wholeBody(bytes: Uint8Array): KeptBody {
  return { whole: bytes, sections: [], totalBytes: bytes.length }
}

/** How much memory it takes. */
export function keptBytes({ whole, sections }: KeptBody): number {
  return sections.reduce((sum, { coded }) => sum + coded.length, whole?.length ?? 0)
}

/** A copy that shares no memory with others, so that it can be moved to a thread; `moved` gets the buffers to move. */
export function movableBody(body: KeptBody, moved: ArrayBuffer[]): KeptBody {
  const copyOf = (bytes: Uint8Array) => {
    const copy = new Uint8Array(bytes)
    moved.push(copy.buffer)
    return copy
  }
  return {
    whole: body.whole === null ? null : copyOf(body.whole),
    sections: body.sections.map(({ coded, bytes }) => ({ coded: copyOf(coded), bytes })),
    totalBytes: body.totalBytes,
  }
}
