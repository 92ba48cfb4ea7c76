// Every root field of the schema is within reach of the SDK, and every operation of the SDK is one of its methods.
import { buildSchema, Kind, type OperationDefinitionNode, parse } from 'graphql'
import { expect, test } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'

/** Root fields that no operation of the SDK has, and why. */
const WITHOUT_OPERATION: Readonly<Record<string, string>> = {}

const schema = buildSchema(repositoryText('sdk/schema.graphql'))
const operations = repositoryFiles('sdk/operations')
  .flatMap((file) => parse(repositoryText(file)).definitions)
  .filter(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  )

test('an operation of the SDK has each field of Query, Mutation and Subscription', () => {
  const used = new Set(
    operations.flatMap(({ operation, selectionSet }) =>
      selectionSet.selections.flatMap((selection) =>
        selection.kind === Kind.FIELD ? [`${operation} ${selection.name.value}`] : [],
      ),
    ),
  )
  expect(used.size).toBeGreaterThan(50)
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const fields = types.flatMap((type) =>
    Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name.toLowerCase()} ${field}`),
  )
  const missing = fields.filter((field) => !used.has(field) && !Object.hasOwn(WITHOUT_OPERATION, field))
  expect(
    missing,
    'write an operation in the file of the noun in sdk/operations/, run generate, and add a method in the folder of the noun in sdk/src/; or say in WITHOUT_OPERATION why the SDK has none',
  ).toEqual([])
  expect(
    Object.keys(WITHOUT_OPERATION).filter((field) => used.has(field) || !fields.includes(field)),
  ).toEqual([])
})

test('a method of the SDK sends each operation', () => {
  const sources = repositoryFiles('sdk/src', ':!sdk/src/generated').map(repositoryText).join('\n')
  const unsent = operations
    .map(({ name }) => name?.value ?? '')
    .filter((name) => !new RegExp(`\\b(?:\\w+\\.${name}\\(|${name}Document\\b)`).test(sources))
  expect(unsent, 'add a method that sends it in the folder of its noun in sdk/src/').toEqual([])
})
