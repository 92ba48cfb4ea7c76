// The mutations that are given keys by their ids, from the schema: each is to find no key of an owner whom the actor may not see.
import { buildSchema, getNamedType, isInputObjectType } from 'graphql'
import { repositoryText } from '../../support/run/repository.ts'
import { EXPECTED } from './expected-access.ts'
import { minimalLiteral } from './minimal-document.ts'

/** Those that are about keys and are given none by its id. owner-restriction.test.ts has a test of them. */
const WITHOUT_KEY_ID: Readonly<Record<string, string>> = {
  createApiKey: 'makes one, for an owner',
  ensureApiKey: 'finds one by its externalId, or makes one for an owner',
  importApiKeys: 'makes some, for owners',
}

/** The names of fields by which an input names keys. */
const KEY_IDS = ['id', 'ids', 'apiKeyIds']

const mutations = Object.values(
  buildSchema(repositoryText('sdk/schema.graphql')).getMutationType()?.getFields() ?? {},
)

/** Of every mutation that a scope of keys opens, or whose input names keys. */
export const KEY_MUTATIONS: readonly string[] = mutations
  .filter(({ name, args }) => isAboutKeys(name) || fieldsOf(args[0]?.type).includes('apiKeyIds'))
  .map(({ name }) => name)
  .filter((name) => !Object.hasOwn(WITHOUT_KEY_ID, name))

/** The mutation with this key, and of its payload what is wrong with it; null for one whose input names none. */
export function mutationOfKey(name: string, keyId: string): string | null {
  const type = mutations.find((each) => each.name === name)?.args[0]?.type
  const named = fieldsOf(type).filter((field) => KEY_IDS.includes(field))
  if (type === undefined || named.length === 0) return null
  const result = named.includes('ids') ? 'results { userErrors { code } }' : 'userErrors { code }'
  return `mutation { ${name}(input: ${minimalLiteral(type, { id: keyId, also: named })}) { ${result} } }`
}

function isAboutKeys(name: string): boolean {
  return ['keys:write', 'secrets:reveal'].includes(EXPECTED.get(name) ?? '')
}

function fieldsOf(type: Parameters<typeof getNamedType>[0]): string[] {
  const named = getNamedType(type)
  return isInputObjectType(named) ? Object.keys(named.getFields()) : []
}
