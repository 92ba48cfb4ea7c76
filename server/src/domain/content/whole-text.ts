// Bytes that were truncated at any point, as text.

/** The text of bytes in UTF-8, without a last character that is incomplete. */
export function wholeText(bytes: Uint8Array, end = bytes.length): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, wholeEnd(bytes, end)))
}

/** The end of the last whole character before `end` (RFC 3629 §3); `end` itself where the bytes are no UTF-8. */
export function wholeEnd(bytes: Uint8Array, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back] ?? 0
    if (byte < 0x80) return end
    if (byte < 0xc0) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return back < length ? end - back : end
  }
  return end
}
