// JSON of a body, which may be none.

/** To parse this much takes less than 0.2 ms. Longer text is scanned in slices instead, while other calls are served. */
export const PARSED_AT_ONCE_MAX_BYTES = 128 * 1024

/** The value; undefined where the text is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
