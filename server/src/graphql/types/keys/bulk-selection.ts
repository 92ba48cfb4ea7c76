// What the bulk changes of API keys have in common: which keys, whether it is only tried, and what became of each.
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import { failed, ok, problemsOf, type Result } from '../../../domain/user-error.ts'
import {
  type BulkItem,
  type BulkResult,
  bulkChange,
  type KeyChangeOf,
  type KeySelection,
} from '../../../services/keys/automation/bulk-api-keys.ts'
import { builder, type InputFields } from '../../builder.ts'
import { actorOf, type GraphqlContext } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentApiKey } from '../sent-ids.ts'
import { UserErrorRef } from '../user-error.ts'
import { ApiKeyRef } from './api-key.ts'
import { ApiKeyFilterInput, readApiKeyFilter } from './api-key-filter.ts'

const BulkItemRef = builder.objectRef<BulkItem>('BulkApiKeyResult').implement({
  description: 'What became of one key of a bulk change.',
  fields: (t) => ({
    id: t.id({ description: 'The key.', resolve: ({ number }) => apiKeyId(number) }),
    changed: t.exposeBoolean('changed', {
      description: 'Whether it was changed, or would be; false where it was as wanted already.',
    }),
    apiKey: t.expose('apiKey', {
      type: ApiKeyRef,
      nullable: true,
      description: 'The key as it is now, or would be; null where it was deleted, or could not be changed.',
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'Why it was not changed; empty on success.',
      resolve: ({ errors }) => errors,
    }),
  }),
})

export const BulkPayload = resultPayload<BulkResult>('BulkApiKeysPayload', {
  description: 'What became of each key. One that cannot be changed hinders no other.',
  errors: 'Why nothing was changed at all; what is wrong with one key is said in its result.',
  fields: (t) => ({
    results: t.field({
      type: [BulkItemRef],
      description: 'One for each key.',
      resolve: (result) => resultValue(result)?.items ?? [],
    }),
    changed: t.int({
      description: 'How many were changed, or would be.',
      resolve: (result) => resultValue(result)?.changed ?? 0,
    }),
  }),
})

/** Which keys, as every input of these mutations has it. */
export function selectionFields(t: InputFields) {
  return {
    ids: t.idList({ description: 'The keys, 1 to 500. Either these or a filter.' }),
    filter: t.field({ type: ApiKeyFilterInput, description: 'All keys that match, 2000 at most.' }),
    expectedCount: t.int({
      description: 'With a filter: how many keys matched when you looked. STALE when more match now.',
    }),
    dryRun: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Try each change and undo it: say what would become of each key.',
    }),
  }
}

type Selection = {
  ids?: string[] | null
  filter?: typeof ApiKeyFilterInput.$inferInput | null
  expectedCount?: number | null
  dryRun: boolean
}

/** Either numbers of keys, or a filter with how many keys matched it. */
async function selectionOf(
  context: GraphqlContext,
  { ids, filter, expectedCount }: Selection,
): Promise<Result<KeySelection>> {
  if ((ids == null) === (filter == null)) return failed('REQUIRED', 'ids', 'Send either ids or a filter.')
  if (ids != null) {
    const numbers = ids.map((id, at) => sentApiKey(id, `ids[${at}]`))
    const problems = problemsOf(...numbers)
    if (problems.length > 0) return { ok: false, errors: problems.slice(0, 10) }
    return ok({ numbers: numbers.flatMap((number) => (number.ok ? [number.value] : [])) })
  }
  if (expectedCount == null || expectedCount < 0)
    return failed(
      'REQUIRED',
      'expectedCount',
      'expectedCount must say how many keys matched the filter when you looked.',
    )
  return ok({ filter: await readApiKeyFilter(context.plane, filter), expectedCount })
}

/** Makes the change of each selected key, or tries it in a dry run; a problem with the selection changes nothing. */
export async function changeSelected(
  context: GraphqlContext,
  input: Selection,
  change: KeyChangeOf,
): Promise<Result<BulkResult>> {
  const selection = await selectionOf(context, input)
  return selection.ok
    ? bulkChange(context.plane, actorOf(context), selection.value, input.dryRun, change)
    : selection
}
