// Why a request to an upstream failed, for an admin.

/** A failure whose message says what to do. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure'
}

/** Why something failed, as far as an admin can do something about it; never holds what was sent. */
export function reasonOf(error: unknown): string {
  if (error instanceof StepFailure) return error.message
  if (error instanceof Error && error.name === 'TimeoutError') return 'It did not respond in time.'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EADDRREFUSED' && error instanceof Error) return error.message
  return REASONS[code] ?? (code === '' ? 'It failed for an unknown reason.' : `It failed (${code}).`)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'There is no host of this name. Check the base URL for a typo, and the DNS of this server.',
  EAI_AGAIN: 'DNS does not respond for this name. Check the base URL for a typo, and the DNS of this server.',
  ECONNREFUSED: 'Nothing listens there. Check that the upstream runs, and its port.',
  ECONNRESET: 'The connection was reset.',
  EHOSTUNREACH: 'There is no network route to this address from this server.',
  ENETUNREACH: 'There is no network route to this network from this server.',
  ETIMEDOUT: 'It did not respond in time. A firewall may be in between.',
  UND_ERR_SOCKET: 'The connection ended before a response.',
}
