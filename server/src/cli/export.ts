// `latchkey export`: has a running server export request logs, usage or the audit trail, into a file or to the standard output.
import { once } from 'node:events'
import { ConnectionError, type Export, type ExportFormat, Latchkey, LatchkeyError } from '@latchkey/sdk'

export type ExportOptions = {
  format?: ExportFormat
  /** The path of a file; absent: the standard output. */
  out?: string
  from?: string
  to?: string
  key?: string[]
  owner?: string[]
  label?: string[]
  tag?: string[]
  outcome?: string[]
  model?: string[]
  upstream?: string[]
  action?: string[]
  actor?: string
  actorType?: string[]
  targetType?: string
  target?: string
  ip?: string
  requestId?: string
  period?: string
  timeZone?: string
  columns?: string
  limit?: string
  after?: string
  bom: boolean
  url: string
}

export const EXPORTED = ['logs', 'usage', 'audit'] as const
export type Exported = (typeof EXPORTED)[number]

/** 0: all of it was written; 2: an argument is invalid; 3: the server did not export it. The text says why. */
export type ExportResult = { exitCode: 0 | 2 | 3; text: string }

/** Never rejects. No text contains the token. */
export async function runExport(
  what: Exported,
  options: ExportOptions,
  adminToken: string | null,
): Promise<ExportResult> {
  const url = URL.parse(options.url)
  if (url === null || !/^https?:$/.test(url.protocol))
    return { exitCode: 2, text: '--url must be the address of a Latchkey, such as http://localhost:8000.' }
  const idle = idleFlag(what, options)
  if (idle !== undefined) return { exitCode: 2, text: `${idle} has no meaning for ${what}. Leave it out.` }
  if (adminToken === null) {
    return {
      exitCode: 2,
      text: 'No admin token: set LATCHKEY_ADMIN_TOKEN, or LATCHKEY_ADMIN_TOKEN_FILE to the path of a file with it.',
    }
  }
  const place = `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  const { out, bom } = options
  const format = options.format ?? formatOf(out) ?? 'csv'
  const csv = format === 'csv' ? { bom } : {}
  try {
    const rows = exportOf(new Latchkey({ url: place, adminToken, maxRetries: 1 }), what, options)
    if (out !== undefined) await rows.toFile(out, format, csv)
    else for await (const chunk of rows.bytes(format, csv)) await write(chunk)
    return { exitCode: 0, text: out === undefined ? '' : `Written to ${out}.` }
  } catch (error) {
    const isAway = error instanceof ConnectionError && error.cause !== undefined
    const message = error instanceof LatchkeyError ? error.message : String(error)
    const hint = isAway ? ' Is it running? --url or LATCHKEY_URL says where it is.' : ''
    return { exitCode: 3, text: `The server at ${place} did not export it: ${message}${hint}` }
  }
}

/** What an option of a filter is an option of. */
const FILTERS: [option: keyof ExportOptions, flag: string, of: readonly Exported[]][] = [
  ['key', '--key', ['logs', 'usage']],
  ['owner', '--owner', ['logs']],
  ['label', '--label', ['logs']],
  ['tag', '--tag', ['logs']],
  ['outcome', '--outcome', ['logs']],
  ['model', '--model', ['logs']],
  ['upstream', '--upstream', ['logs']],
  ['action', '--action', ['audit']],
  ['actor', '--actor', ['audit']],
  ['actorType', '--actor-type', ['audit']],
  ['targetType', '--target-type', ['audit']],
  ['target', '--target', ['audit']],
  ['ip', '--ip', ['audit']],
  ['requestId', '--request-id', ['audit']],
  ['period', '--period', ['usage']],
  ['timeZone', '--time-zone', ['usage']],
  ['columns', '--columns', ['usage']],
]

/** The first option that `what` does not have: one that is not applied would export more than was asked for. */
function idleFlag(what: Exported, options: ExportOptions): string | undefined {
  const idle = FILTERS.find(([option, , of]) => options[option] !== undefined && !of.includes(what))
  return idle?.[1]
}

function exportOf(latchkey: Latchkey, what: Exported, options: ExportOptions): Export {
  const { from, to, key, owner, tag, outcome, model, upstream, after, timeZone } = options
  const part = { after, ...(options.limit !== undefined && { limit: Number(options.limit) }) }
  switch (what) {
    case 'logs':
      // The server says which outcomes there are.
      return latchkey.exports.logs({
        ...part,
        filter: {
          at: { from, to },
          apiKeyId: key,
          ownerId: owner,
          labels: options.label?.map(labelOf),
          tags: tag,
          outcome: outcome as never,
          model,
          upstream,
        },
      })
    case 'usage':
      return latchkey.exports.usage({
        ...part,
        from: from ?? '1970-01-01',
        to,
        timeZone,
        apiKeyId: key,
        period: options.period as never,
        columns: options.columns as never,
      })
    case 'audit':
      return latchkey.exports.audit({
        ...part,
        from,
        to,
        action: options.action,
        actor: options.actor,
        actorType: options.actorType as never,
        targetType: options.targetType,
        targetId: options.target,
        ip: options.ip,
        requestId: options.requestId,
      })
  }
}

/** The server says what is wrong with one. */
function labelOf(text: string): { name: string; value: string } {
  const [name = '', ...value] = text.split('=')
  return { name, value: value.join('=') }
}

function formatOf(path: string | undefined): ExportFormat | undefined {
  return (['csv', 'jsonl', 'parquet'] as const).find((format) => path?.endsWith(`.${format}`))
}

/** Waits where whoever reads the output is slower. */
async function write(chunk: Uint8Array): Promise<void> {
  if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
}
