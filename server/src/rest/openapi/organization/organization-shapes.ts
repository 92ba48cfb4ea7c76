// What the objects of OpenAI's admin API are here, with an example of each.
import { ROLES, SCOPES } from '../../../domain/admins/permissions.ts'
import {
  AMOUNT,
  COUNT,
  listOf,
  type Operation,
  objectOf,
  orNull,
  type Parameter,
  type Schema,
  TEXT,
  TRUTH,
  wholeParameter,
} from '../operation.ts'

/** An object with an example that is one. */
export type Shape = { members: Record<string, Schema>; example: Record<string, unknown> }

const AT = 1_764_424_800
const SECONDS: Schema = { type: 'integer', minimum: 0, description: 'Seconds since the epoch.' }

/** The one value that a member has. */
export function constant(value: string): Schema {
  return { type: 'string', const: value }
}

export const USER: Shape = {
  members: {
    object: constant('organization.user'),
    id: TEXT,
    name: TEXT,
    email: orNull(TEXT),
    role: { type: 'string', enum: ['owner', 'reader'] },
    added_at: SECONDS,
    created: SECONDS,
    api_key_last_used_at: { type: 'null' },
    is_default: TRUTH,
    is_scim_managed: TRUTH,
    is_service_account: TRUTH,
    user: objectOf({
      object: constant('user'),
      id: TEXT,
      name: TEXT,
      email: orNull(TEXT),
      enabled: TRUTH,
      banned: TRUTH,
      banned_at: { type: 'null' },
      picture: { type: 'null' },
    }),
  },
  example: {
    object: 'organization.user',
    id: 'adm_2',
    name: 'kim',
    email: 'kim@example.com',
    role: 'reader',
    added_at: AT,
    created: AT,
    api_key_last_used_at: null,
    is_default: false,
    is_scim_managed: false,
    is_service_account: false,
    user: {
      object: 'user',
      id: 'adm_2',
      name: 'kim',
      email: 'kim@example.com',
      enabled: true,
      banned: false,
      banned_at: null,
      picture: null,
    },
  },
}

const USER_PROJECTS = objectOf({
  object: constant('list'),
  data: listOf(objectOf({ id: TEXT, name: TEXT, role: constant('member') })),
})
export const USER_WITH_PROJECTS: Shape = {
  members: { ...USER.members, projects: USER_PROJECTS },
  example: {
    ...USER.example,
    projects: { object: 'list', data: [{ id: 'own_1', name: 'docs', role: 'member' }] },
  },
}

export const ROLE: Shape = {
  members: {
    object: constant('role'),
    id: { type: 'string', enum: ROLES.map((role) => `role_${role.toLowerCase()}`) },
    name: TEXT,
    description: TEXT,
    permissions: listOf({ type: 'string', enum: SCOPES }),
    predefined_role: TRUTH,
    resource_type: TEXT,
  },
  example: {
    object: 'role',
    id: 'role_viewer',
    name: 'viewer',
    description: 'May read, but neither secrets nor what calls say.',
    permissions: ['keys:read'],
    predefined_role: true,
    resource_type: 'api.organization',
  },
}

export const INVITE: Shape = {
  members: {
    object: constant('organization.invite'),
    id: TEXT,
    email: TEXT,
    role: { type: 'string', enum: ['owner', 'reader'] },
    status: constant('pending'),
    projects: { type: 'array', maxItems: 0 },
    created_at: SECONDS,
    expires_at: SECONDS,
    accepted_at: { type: 'null' },
  },
  example: {
    object: 'organization.invite',
    id: 'inv_1',
    email: 'ann@example.com',
    role: 'reader',
    status: 'pending',
    projects: [],
    created_at: AT,
    expires_at: AT + 604_800,
    accepted_at: null,
  },
}

export const ADMIN_KEY: Shape = {
  members: {
    object: constant('organization.admin_api_key'),
    id: TEXT,
    name: TEXT,
    redacted_value: TEXT,
    created_at: SECONDS,
    expires_at: orNull(SECONDS),
    last_used_at: orNull(SECONDS),
    owner: objectOf({
      type: constant('service_account'),
      object: constant('organization.user'),
      name: TEXT,
      role: constant('owner'),
    }),
  },
  example: {
    object: 'organization.admin_api_key',
    id: 'tok_1',
    name: 'deployer',
    redacted_value: 'lka_1a2b…',
    created_at: AT,
    expires_at: null,
    last_used_at: null,
    owner: { type: 'service_account', object: 'organization.user', name: 'ann', role: 'owner' },
  },
}

export const PROJECT: Shape = {
  members: {
    object: constant('organization.project'),
    id: TEXT,
    name: TEXT,
    created_at: SECONDS,
    archived_at: orNull(SECONDS),
    status: { type: 'string', enum: ['active', 'archived'] },
  },
  example: {
    object: 'organization.project',
    id: 'own_1',
    name: 'docs',
    created_at: AT,
    archived_at: null,
    status: 'active',
  },
}

export const SERVICE_ACCOUNT: Shape = {
  members: {
    object: constant('organization.project.service_account'),
    id: TEXT,
    name: TEXT,
    role: constant('member'),
    created_at: SECONDS,
  },
  example: {
    object: 'organization.project.service_account',
    id: 'key_1',
    name: 'robot',
    role: 'member',
    created_at: AT,
  },
}

/** The secret of a new service account. */
export const SERVICE_ACCOUNT_KEY: Shape = {
  members: {
    object: constant('organization.project.service_account.api_key'),
    id: TEXT,
    name: TEXT,
    value: orNull(TEXT),
    created_at: SECONDS,
    expires_at: orNull(SECONDS),
  },
  example: {
    object: 'organization.project.service_account.api_key',
    id: 'key_1',
    name: 'robot',
    value: '3f0c9a52-6f5e-4b8a-9a3e-0d7f2c1b4a68',
    created_at: AT,
    expires_at: null,
  },
}

export const PROJECT_KEY: Shape = {
  members: {
    object: constant('organization.project.api_key'),
    id: TEXT,
    name: TEXT,
    redacted_value: TEXT,
    created_at: SECONDS,
    last_used_at: orNull(SECONDS),
    expires_at: orNull(SECONDS),
    owner: objectOf({
      type: constant('service_account'),
      service_account: objectOf(SERVICE_ACCOUNT.members),
    }),
    owner_project_access: { type: 'string', enum: ['active', 'inactive'] },
  },
  example: {
    object: 'organization.project.api_key',
    id: 'key_1',
    name: 'robot',
    redacted_value: '3f0c9a52…',
    created_at: AT,
    last_used_at: null,
    expires_at: null,
    owner: { type: 'service_account', service_account: SERVICE_ACCOUNT.example },
    owner_project_access: 'active',
  },
}

export const PROJECT_USER: Shape = {
  members: {
    object: constant('organization.project.user'),
    id: TEXT,
    name: TEXT,
    email: orNull(TEXT),
    role: constant('member'),
    added_at: SECONDS,
  },
  example: {
    object: 'organization.project.user',
    id: 'adm_2',
    name: 'kim',
    email: 'kim@example.com',
    role: 'member',
    added_at: AT,
  },
}

export const SPEND_LIMIT: Shape = {
  members: {
    object: constant('project.spend_limit'),
    threshold_amount: { ...AMOUNT, description: 'US cents.' },
    currency: constant('USD'),
    interval: constant('month'),
    enforcement: objectOf({ status: constant('enforcing') }),
  },
  example: {
    object: 'project.spend_limit',
    threshold_amount: 5_000,
    currency: 'USD',
    interval: 'month',
    enforcement: { status: 'enforcing' },
  },
}

export const AFTER: Parameter = {
  name: 'after',
  description: 'The `last_id` of the page before.',
  schema: TEXT,
}

/** How many items a page has. */
export function pageLimit(bounds: { min: number; max: number; absent?: number }): Parameter {
  return wholeParameter('limit', 'Items of a page.', bounds, bounds.min)
}

/** The response with one object. */
export function one(description: string, { members, example }: Shape): Operation['response'] {
  return { description, schema: objectOf(members), example }
}

/** The response with a page of them. */
export function pageOf(description: string, { members, example }: Shape): Operation['response'] {
  const id = orNull(TEXT)
  return {
    description,
    schema: objectOf({
      object: constant('list'),
      data: listOf(objectOf(members)),
      first_id: id,
      last_id: id,
      has_more: TRUTH,
    }),
    example: { object: 'list', data: [example], first_id: example.id, last_id: example.id, has_more: false },
  }
}

/** The response to a deletion. `id` null: it has none. */
export function deleted(object: string, id: string | null): Operation['response'] {
  const example = { object, ...(id === null ? {} : { id }), deleted: true }
  return {
    description: 'It is deleted.',
    schema: objectOf({
      object: constant(object),
      ...(id === null ? {} : { id: TEXT }),
      deleted: { type: 'boolean', const: true },
    }),
    example,
  }
}

/** The response with buckets of time. */
export function bucketsOf(description: string, { members, example }: Shape): Operation['response'] {
  return {
    description,
    schema: objectOf({
      object: constant('page'),
      data: listOf(
        objectOf({
          object: constant('bucket'),
          start_time: COUNT,
          end_time: COUNT,
          results: listOf(objectOf(members)),
        }),
      ),
      has_more: TRUTH,
      next_page: orNull(TEXT),
    }),
    example: {
      object: 'page',
      data: [{ object: 'bucket', start_time: AT, end_time: AT + 86_400, results: [example] }],
      has_more: false,
      next_page: null,
    },
  }
}
