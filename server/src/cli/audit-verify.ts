// `latchkey audit verify`: whether the hash chain of audit events is whole.
import { type AuditChain, AuthenticationError, ConnectionError, Latchkey, LatchkeyError } from '@latchkey/sdk'
import { readAnchor } from '../domain/audit/chain-anchor.ts'
import { verifyDatabase } from '../services/audit/verify-database.ts'

export type AuditVerifyOptions = {
  /** Absent: the database of the configuration is read. */
  url?: string
  anchor?: string
  json: boolean
}

/** `exitCode`: 0 whole, 1 not, 2 invalid arguments, 3 a server did not verify it. */
export type AuditVerified = { exitCode: 0 | 1 | 2 | 3; text: string }

/** Rejects where the database cannot be read. `database` is called where there is no URL. */
export async function auditVerify(
  options: AuditVerifyOptions,
  adminToken: string | null,
  database: () => string,
): Promise<AuditVerified> {
  const anchor = options.anchor === undefined ? null : readAnchor(options.anchor)
  if (options.anchor !== undefined && anchor === null)
    return {
      exitCode: 2,
      text: '--anchor is a position, a colon and a hash in 64 hex digits, as the log of the server has it.',
    }
  if (options.url === undefined) return outcome(await verifyDatabase(database(), anchor), options.json)
  const url = URL.parse(options.url)
  if (url === null || !/^https?:$/.test(url.protocol))
    return { exitCode: 2, text: '--url must be the address of a Latchkey, such as http://localhost:8000.' }
  if (adminToken === null)
    return {
      exitCode: 2,
      text: 'No admin token: set LATCHKEY_ADMIN_TOKEN, or LATCHKEY_ADMIN_TOKEN_FILE to the path of a file with it.',
    }
  const place = `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  try {
    const { audit } = new Latchkey({ url: place, adminToken, maxRetries: 1 })
    return outcome(await audit.verify({ anchor: options.anchor }), options.json)
  } catch (error) {
    return { exitCode: 3, text: failureText(error, place) }
  }
}

function outcome(chain: AuditChain, json: boolean): AuditVerified {
  return { exitCode: chain.ok ? 0 : 1, text: json ? JSON.stringify(chain) : chainText(chain) }
}

function chainText({
  checked,
  brokenAt,
  fault,
  checkpoint,
  head,
  unsealed,
  anchorMatches,
}: AuditChain): string {
  const lines = [`${checked} audit events verified, after position ${checkpoint.position}`]
  if (fault !== null) lines.push(`The chain is broken at position ${brokenAt}: ${FAULTS[fault]}`)
  if (anchorMatches === true) lines.push('The anchor is in the chain.')
  if (anchorMatches === false) lines.push('The anchor is not in the chain: it has been written anew.')
  if (unsealed > 0) lines.push(`${unsealed} events are not sealed yet.`)
  return [...lines, `Head ${head.position}:${head.hash}`].join('\n')
}

const FAULTS: Record<NonNullable<AuditChain['fault']>, string> = {
  CHANGED: 'the event is not what was sealed.',
  MISSING: 'there is no event.',
  HEAD: 'the last event is not the one that was sealed last.',
  UNKNOWN_VERSION: 'a later version of Latchkey has sealed the event.',
}

function failureText(error: unknown, place: string): string {
  if (error instanceof AuthenticationError) {
    return `The server at ${place} refused the admin token. LATCHKEY_ADMIN_TOKEN must be one that it knows.`
  }
  if (error instanceof ConnectionError) return `The server at ${place} cannot be reached. Is it running?`
  const message = error instanceof LatchkeyError ? error.message : String(error)
  return `The server at ${place} could not verify the chain: ${message}`
}
