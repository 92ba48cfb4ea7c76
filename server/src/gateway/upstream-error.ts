// What an upstream's error answer says, for the log.

/** Code and message of an error body in OpenAI's shape, without the credential that some upstreams repeat. */
export function upstreamErrorOf(
  bytes: Buffer,
  status: number | null,
  credential: string | null,
): { code: string; message: string | null } {
  const fallback = { code: `upstream_${status ?? 'error'}`, message: null }
  try {
    // Some repeat what they were sent; the log must not.
    const text = bytes.toString('utf8')
    const told = credential === null ? text : text.replaceAll(credential, '[credential]')
    const { error } = JSON.parse(told) as {
      error?: { code?: unknown; type?: unknown; message?: unknown }
    }
    const code = [error?.code, error?.type].find((name) => typeof name === 'string')
    return {
      code: typeof code === 'string' ? code : fallback.code,
      message: typeof error?.message === 'string' ? error.message : null,
    }
  } catch {
    return fallback
  }
}
