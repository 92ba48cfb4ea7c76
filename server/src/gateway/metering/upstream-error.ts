// What an upstream's error answer says, for the log.
import { redacted } from './parse-upstream-error.ts'

/** Code and message of an error body in OpenAI's shape, without the secrets that some upstreams repeat. */
export function upstreamErrorOf(
  bytes: Buffer,
  status: number | null,
  secrets: readonly string[],
): { code: string; message: string | null } {
  const fallback = { code: `upstream_${status ?? 'error'}`, message: null }
  try {
    // Some repeat what they were sent; the log must not.
    const { error } = JSON.parse(redacted(bytes.toString('utf8'), secrets)) as {
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
