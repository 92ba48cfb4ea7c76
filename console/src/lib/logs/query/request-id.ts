// The id of a call, as its response has it in `x-request-id`: `req_` and a UUIDv7 in hex, which begins with the time.

/** True for a whole id of a call. */
export function isRequestId(text: string): boolean {
  return /^req_[0-9a-f]{32}$/i.test(text)
}

/** When the call arrived, in milliseconds since the epoch: the first 48 bits of the UUID (RFC 9562, §5.7). NaN of another text. */
export function callTimeMs(id: string): number {
  return isRequestId(id) ? Number.parseInt(id.slice(4, 16), 16) : Number.NaN
}
