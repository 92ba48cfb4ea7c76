// The OpenAPI document of what is not GraphQL and not the wire of OpenAI: https://spec.openapis.org/oas/v3.1.1.
import type { DocumentedPath, Operation, Schema, Security } from './operation.ts'
import { objectOf, orNull, TEXT } from './operation.ts'

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
        'The REST API of the original product, and what an API key may ask about itself. The whole admin API is GraphQL, at `/graphql`; the calls of models are those of OpenAI, at `/v1`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'admin', description: 'For admins, and automation with an admin token.' },
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
      responses: { AdminError: errorResponse('AdminError'), GatewayError: errorResponse('GatewayError') },
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
        code: orNull(TEXT),
        more_info: { type: 'object', description: 'Of a denial, where the address of the console is known.' },
      },
      required: ['message', 'type', 'param', 'code'],
      additionalProperties: false,
    },
  },
  required: ['error'],
  additionalProperties: false,
}

function errorResponse(name: string) {
  return {
    description: 'Why there is no other response.',
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
  }
}

function pathItem(path: string, methods: readonly DocumentedPath[]) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const parameters = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    description: 'The integer id of an API key.',
    schema: { type: 'integer', minimum: 1 },
  }))
  return {
    ...(parameters.length === 0 ? {} : { parameters }),
    ...Object.fromEntries(
      methods.map(({ method, security, operation }) => [
        method.toLowerCase(),
        operationObject(operation, security),
      ]),
    ),
  }
}

function operationObject(
  { id, summary, description, query, body, response, errors }: Operation,
  by: Security,
) {
  const error = { $ref: `#/components/responses/${by === 'API_KEY' ? 'GatewayError' : 'AdminError'}` }
  const statuses = [...new Set([400, 401, 403, ...errors, 500])].sort((a, b) => a - b)
  const scope = by === 'API_KEY' ? [] : [`Needs the scope \`${by.admin}\`.`]
  const text = [description, ...scope].filter((part) => part !== undefined).join(' ')
  return {
    operationId: id,
    summary,
    ...(text === '' ? {} : { description: text }),
    tags: [by === 'API_KEY' ? 'key' : 'admin'],
    security: [by === 'API_KEY' ? { apiKey: [] } : { adminToken: [] }],
    ...(query.length === 0
      ? {}
      : { parameters: query.map((parameter) => ({ ...parameter, in: 'query', required: false })) }),
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
        content: { 'application/json': { schema: response.schema, example: response.example } },
      },
      ...Object.fromEntries(statuses.map((status) => [status, error])),
    },
  }
}
