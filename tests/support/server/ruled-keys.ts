// API keys with a policy, made and changed as an admin does.
import { graphql } from '../api/client.ts'

type Server = { url: string; adminToken: string }

/** Members of KeyPolicyInput. */
type Policy = Record<string, unknown> | null

export type RuledKey = { id: string; number: number; secret: string }

/** Creates a key with this policy. */
export async function makeRuledKey(server: Server, policy: Policy, name = 'ruled'): Promise<RuledKey> {
  const { apiKey, secret } = await run(
    server,
    'createApiKey',
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id number } secret userErrors { field message } } }`,
    { name, policy },
  )
  return { ...apiKey, secret }
}

/** Replaces the policy of a key. */
export async function setPolicy(server: Server, { id }: RuledKey, policy: Policy): Promise<void> {
  await run(
    server,
    'updateApiKey',
    'mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { userErrors { field message } } }',
    { id, policy },
  )
}

async function run({ url, adminToken }: Server, field: string, mutation: string, input: object) {
  const { data, errors } = await graphql({ url }, mutation, { input }, { token: adminToken })
  const payload = data?.[field]
  if (errors !== undefined || payload.userErrors.length > 0)
    throw new Error(JSON.stringify({ errors, payload }))
  return payload
}
