// What the system calls an error.

/** The code of an error of the system or of TLS, such as EMFILE: nothing of its message, which may quote what was sent. Null: it has none. */
export function systemErrorOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^[A-Z_0-9]{2,40}$/.test(code) ? code : null
}
