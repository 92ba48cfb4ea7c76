// The OpenAPI document of what is not GraphQL and not the wire of OpenAI: https://spec.openapis.org/oas/v3.1.1.
import { IDEMPOTENCY_KEY_MAX } from '../../domain/automation/idempotency-key.ts'
import { WIRE_ROOT } from '../../domain/endpoints/endpoints.ts'
import { ERROR_CATALOGUE } from '../../domain/error-catalogue.ts'
import { CALL_ERROR_CODE, type DocumentedPath, objectOf, orNull, type Schema, TEXT } from './operation.ts'

/** The document of these paths. `version`: of the server. */
export function openApiDocument(paths: readonly DocumentedPath[], version: string): object {
  const byPath = Map.groupBy(paths, ({ path }) => path)
  return {
    openapi: '3.1.1',
    info: {
      title: 'Latchkey',
      version,
      summary: 'The REST API of a Latchkey gateway.',
      description:
        'The REST API of the original product, exports, the parts of the administration API of OpenAI that are served here, and what an API key may ask about itself. The whole admin API is GraphQL, at `/graphql`; the calls of models are those of OpenAI, at `/v1`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'admin', description: 'For admins, and automation with an admin token.' },
      { name: 'organization', description: 'The administration API of OpenAI, for admin tokens.' },
      { name: 'key', description: 'For whoever has an API key.' },
    ],
    paths: Object.fromEntries([...byPath].map(([path, methods]) => [path, pathItem(path, methods)])),
    components: {
      securitySchemes: {
        adminToken: {
          type: 'http',
          scheme: 'bearer',
          description: 'An admin token, whose scopes say what it may do.',
        },
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key of the gateway.' },
      },
      schemas: { AdminError: ADMIN_ERROR, GatewayError: GATEWAY_ERROR },
      responses: {
        AdminError: errorResponse('AdminError'),
        GatewayError: {
          ...errorResponse('GatewayError', GATEWAY_ERROR_EXAMPLE),
          headers: GATEWAY_ERROR_HEADERS,
        },
      },
    },
  }
}

const ADMIN_ERROR: Schema = objectOf({
  error: objectOf({ code: TEXT, message: TEXT, param: orNull(TEXT) }),
})
const GATEWAY_ERROR: Schema = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        message: TEXT,
        type: TEXT,
        param: orNull(TEXT),
        code: orNull({
          ...TEXT,
          description: "OpenAI's code, which several errors share; `x-latchkey-error-code` tells them apart.",
        }),
        more_info: { type: 'object', description: 'Of a denial, where the address of the console is known.' },
      },
      required: ['message', 'type', 'param', 'code'],
      additionalProperties: false,
    },
  },
  required: ['error'],
  additionalProperties: false,
}

const GATEWAY_ERROR_EXAMPLE = {
  error: {
    message: ERROR_CATALOGUE.api_key_revoked.message,
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  },
}
const GATEWAY_ERROR_HEADERS = {
  'x-latchkey-error-code': {
    description: "The gateway's own name for the error, which its request log has too.",
    schema: CALL_ERROR_CODE,
    example: 'api_key_revoked',
  },
}

function errorResponse(name: string, example?: object) {
  const schema = { $ref: `#/components/schemas/${name}` }
  return {
    description: 'Why there is no other response.',
    content: { 'application/json': { schema, ...(example && { example }) } },
  }
}

function pathItem(path: string, methods: readonly DocumentedPath[]) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const parameters = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    ...(PATH_PARAMETERS[name] ?? idParameter(name)),
  }))
  return {
    ...(parameters.length === 0 ? {} : { parameters }),
    ...Object.fromEntries(
      methods.map(({ method, security, operation }) => [
        method.toLowerCase(),
        operationObject({ path, method, security, operation }),
      ]),
    ),
  }
}

const PATH_PARAMETERS: Readonly<Record<string, { description: string; schema: Schema }>> = {
  key_id: { description: 'The integer id of an API key.', schema: { type: 'integer', minimum: 1 } },
  format: {
    description: 'The format of the export.',
    schema: { type: 'string', enum: ['csv', 'jsonl', 'parquet'] },
  },
}

function idParameter(name: string) {
  const what = name.replace(/_id$/, '').replaceAll('_', ' ')
  return {
    description: `The id of the ${what}.`,
    schema: { type: 'string', pattern: '^[\\w.-]+$' },
  }
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'The change runs once for each value within a day. Sent again, the response is the same without its secrets, each of which is null, with `error` beside them.',
  schema: { type: 'string', minLength: 1, maxLength: IDEMPOTENCY_KEY_MAX },
}

function operationObject({ path, method, security: by, operation }: DocumentedPath) {
  const { id, summary, description, query, body, response, errors } = operation
  const isWire = path.startsWith(`${WIRE_ROOT}/`)
  const error = { $ref: `#/components/responses/${isWire ? 'GatewayError' : 'AdminError'}` }
  const statuses = [...new Set([400, 401, 403, ...(method === 'GET' ? [] : [409]), ...errors, 500])]
  const scope = by === 'API_KEY' ? [] : [`Needs the scope \`${by.admin}\`.`]
  const text = [description, ...scope].filter((part) => part !== undefined).join(' ')
  const parameters = [
    ...query.map(({ required = false, ...parameter }) => ({ ...parameter, in: 'query', required })),
    ...(method === 'GET' ? [] : [IDEMPOTENCY_KEY]),
  ]
  return {
    operationId: id,
    summary,
    ...(text === '' ? {} : { description: text }),
    tags: [by === 'API_KEY' ? 'key' : isWire ? 'organization' : 'admin'],
    security: [by === 'API_KEY' ? { apiKey: [] } : { adminToken: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: body.required,
            content: { 'application/json': { schema: body.schema, example: body.example } },
          },
        }),
    responses: {
      200: {
        description: response.description,
        headers: { 'x-request-id': { description: 'Names the request in the log.', schema: TEXT } },
        content: contentOf(response),
      },
      ...Object.fromEntries(statuses.sort((a, b) => a - b).map((status) => [status, error])),
    },
  }
}

function contentOf(response: DocumentedPath['operation']['response']) {
  if ('schema' in response)
    return { 'application/json': { schema: response.schema, example: response.example } }
  return Object.fromEntries(Object.entries(response.media).map(([type, schema]) => [type, { schema }]))
}
