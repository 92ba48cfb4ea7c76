// The operations of OpenAI's admin API about audit events.
import { AUDIT_ACTIONS } from '../../../domain/audit/audit-event.ts'
import { listOf, type Parameter, type Schema, TEXT } from '../operation.ts'
import { BEFORE, type OperationTable, PAGE, read } from './operation-kinds.ts'
import { constant, pageOfSchema } from './organization-shapes.ts'

const SECOND_BOUNDS: readonly Parameter[] = ['gt', 'gte', 'lt', 'lte'].map((end) => ({
  name: `effective_at[${end}]`,
  description: 'When it happened, in seconds since the epoch.',
  schema: { type: 'integer', minimum: 0, maximum: 253_402_300_799 },
}))
const AUDIT_LOG: Schema = {
  type: 'object',
  description: 'Beside these the member that `type` names, with what was changed.',
  properties: {
    object: constant('organization.audit_log'),
    id: TEXT,
    type: TEXT,
    effective_at: { type: 'integer' },
    actor: { type: 'object' },
  },
  required: ['object', 'id', 'type', 'effective_at', 'actor'],
  additionalProperties: true,
}

const AUDIT_LOG_EXAMPLE = {
  object: 'organization.audit_log',
  id: 'audit_log-7',
  type: 'api_key.created',
  effective_at: 1_764_424_800,
  actor: { type: 'session', session: { user: { id: 'adm_1', name: 'ann', email: null } } },
  'api_key.created': { id: 'key_1', name: 'ci', action: AUDIT_ACTIONS[0] },
}

export const AUDIT_OPERATIONS: OperationTable = {
  'GET audit_logs': {
    ...read(
      'listAuditLogs',
      'Audit events, newest first',
      pageOfSchema('A page of them.', AUDIT_LOG, AUDIT_LOG_EXAMPLE),
    ),
    query: [
      ...PAGE,
      BEFORE,
      ...SECOND_BOUNDS,
      {
        name: 'event_types',
        description: 'Of these types.',
        schema: listOf(TEXT),
        example: ['api_key.created'],
      },
      { name: 'resource_ids', description: 'Of one resource.', schema: { ...listOf(TEXT), maxItems: 1 } },
    ],
  },
}
