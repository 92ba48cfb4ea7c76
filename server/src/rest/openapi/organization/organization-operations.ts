// The operations of OpenAI's admin API, beside their handlers in rest/organization/: a file for each kind of object.
import type { Operation } from '../operation.ts'
import { AUDIT_OPERATIONS } from './audit-operations.ts'
import { INVITE_OPERATIONS } from './invite-operations.ts'
import type { OperationTable } from './operation-kinds.ts'
import { PROJECT_KEY_OPERATIONS } from './project-key-operations.ts'
import { PROJECT_LIMIT_OPERATIONS } from './project-limit-operations.ts'
import { PROJECT_OPERATIONS } from './project-operations.ts'
import { PROJECT_USER_OPERATIONS } from './project-user-operations.ts'
import { ROLE_OPERATIONS } from './role-operations.ts'
import { TOKEN_OPERATIONS } from './token-operations.ts'
import { USAGE_OPERATIONS } from './usage-operations.ts'
import { USER_OPERATIONS } from './user-operations.ts'

const OPERATIONS: OperationTable = {
  ...AUDIT_OPERATIONS,
  ...TOKEN_OPERATIONS,
  ...USER_OPERATIONS,
  ...ROLE_OPERATIONS,
  ...INVITE_OPERATIONS,
  ...PROJECT_OPERATIONS,
  ...PROJECT_KEY_OPERATIONS,
  ...PROJECT_USER_OPERATIONS,
  ...PROJECT_LIMIT_OPERATIONS,
  ...USAGE_OPERATIONS,
}

/** Throws TypeError where a path has no operation: each has one. */
export function organizationOperation(method: string, path: string): Operation {
  const operation = OPERATIONS[`${method} ${path}`]
  if (operation === undefined) throw new TypeError(`${method} ${path} is not documented`)
  return operation
}
