// The operations of the exports, beside their handler in rest/export/serve-export.ts. docs/reference/export.md says what a row has.
import { ACTOR_TYPES } from '../../domain/admins/actor.ts'
import { PERIODS } from '../../domain/usage/periods.ts'
import { ROWS_MAX } from '../export/export-parameters.ts'
import { EXPORTS, type ExportName } from '../export/exports.ts'
import { CONTENT_TYPES } from '../export/serve-export.ts'
import { type Operation, type Parameter, type Schema, TEXT } from './operation.ts'

const MOMENT: Schema = { type: 'string', description: 'A day of UTC such as 2026-11-01, or an instant.' }
const FLAG: Schema = { type: 'string', enum: ['true', 'false'] }

/** What a parameter is, where its name does not say it: a list of values, divided by commas. */
const KNOWN: Readonly<Record<string, Omit<Parameter, 'name'>>> = {
  from: { description: 'From when on.', schema: MOMENT, example: '2026-11-01' },
  to: { description: 'Until when; not included.', schema: MOMENT, example: '2100-01-01T00:00:00Z' },
  after: { description: 'The cursor of the last row that you have.', schema: TEXT },
  limit: {
    description: 'Rows at most.',
    schema: { type: 'integer', minimum: 1, maximum: ROWS_MAX, default: ROWS_MAX },
    example: 100,
  },
  bom: { description: 'Of CSV: begin with a byte order mark, by which Excel knows UTF-8.', schema: FLAG },
  streamed: { description: 'Whether the response was a stream of events.', schema: FLAG },
  unpriced: { description: 'Whether the call was metered and its cost is not known.', schema: FLAG },
  text: { description: 'Part of an error or an id.', schema: TEXT },
  labels: { description: 'All of these labels, such as env=prod, divided by commas.', schema: TEXT },
  tags: { description: 'All of these tags, such as feature=search, divided by commas.', schema: TEXT },
  actor_type: {
    description: `Kinds of actor, divided by commas: ${ACTOR_TYPES.join(', ')}.`,
    schema: TEXT,
    example: 'ADMIN',
  },
  actor: { description: 'The name of who acted, whole.', schema: TEXT },
  target_type: { description: 'The kind of what was changed, such as ApiKey.', schema: TEXT },
  target_id: { description: 'What was changed, such as key_12.', schema: TEXT },
  ip: { description: "The address of the actor's client, whole.", schema: TEXT },
  request_id: { description: 'The id of the request that changed it.', schema: TEXT },
  period: {
    description: 'What a row is of.',
    schema: { type: 'string', enum: PERIODS.map((period) => period.toLowerCase()), default: 'day' },
    example: 'month',
  },
  time_zone: {
    description: 'Whose days, weeks and months: a name of the IANA database.',
    schema: { ...TEXT, default: 'UTC' },
    example: 'Europe/Berlin',
  },
  columns: {
    description: 'Our columns, or those of FOCUS 1.2.',
    schema: { type: 'string', enum: ['own', 'focus'], default: 'own' },
    example: 'focus',
  },
}

export const EXPORT_LOGS = exportOf('logs', 'exportRequestLogs', 'Export request logs, oldest first')
export const EXPORT_USAGE = exportOf(
  'usage',
  'exportUsage',
  'Export what each key used of each model in each period',
  ['from'],
)
export const EXPORT_AUDIT = exportOf('audit', 'exportAuditEvents', 'Export audit events, oldest first')

export const DOWNLOAD_BACKUP: Operation = {
  id: 'downloadBackup',
  summary: 'Download a backup',
  description: 'The manifest and the database, which has no encryption key.',
  query: [],
  body: null,
  response: {
    description: 'The archive.',
    media: { 'application/x-tar': { type: 'string', format: 'binary' } },
  },
  errors: [404],
}

function exportOf(name: ExportName, id: string, summary: string, required: string[] = []): Operation {
  return {
    id,
    summary,
    description:
      'A stream of rows. One that breaks off ends without an end of its body, and goes on with `after`.',
    query: EXPORTS[name].parameters.map((parameter) => ({
      name: parameter,
      ...(KNOWN[parameter] ?? filter(parameter)),
      ...(required.includes(parameter) ? { required: true as const } : {}),
    })),
    body: null,
    response: {
      description: 'The rows.',
      media: Object.fromEntries(
        Object.entries(CONTENT_TYPES).map(([format, type]) => [
          type.split(';', 1)[0] ?? type,
          format === 'parquet' ? { type: 'string', format: 'binary' } : TEXT,
        ]),
      ),
    },
    errors: [404, 503],
  }
}

function filter(name: string): Omit<Parameter, 'name'> {
  const words = name.replaceAll('_', ' ')
  if (/_(min|max)$/.test(name)) return { description: `A bound, which is included: ${words}.`, schema: TEXT }
  return { description: `One of these, divided by commas: ${words}.`, schema: TEXT }
}
