// Mutations as an admin's client sends them, for tests that read what came of them.
import type { TestLatchkey } from '../server/latchkey.ts'

export type MutationPayload<Name extends string> = {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
  [name in Name]: any
} & {
  deletedId: string | null
  userErrors: { code: string; field: string[] | null; message: string }[]
}

/** The payload of a mutation that takes `$input`; `Name` is the field of what it changes. Throws for top-level errors. */
export async function runMutation<Name extends string>(
  latchkey: Pick<TestLatchkey, 'graphql'>,
  mutation: string,
  input: Record<string, unknown>,
): Promise<MutationPayload<Name>> {
  const { data, errors } = await latchkey.graphql(mutation, { input })
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return Object.values(data)[0] as MutationPayload<Name>
}
