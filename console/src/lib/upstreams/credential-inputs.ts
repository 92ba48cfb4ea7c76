// The credentials of an upstream as an update of it takes them: all of them, each with the secret that it has.
import type { UpstreamCredential, UpstreamCredentialInput } from '@latchkey/sdk'

/** None of the environment, which no update changes. */
export function credentialInputs(credentials: readonly UpstreamCredential[]): UpstreamCredentialInput[] {
  return credentials.flatMap(({ id, name, weight, enabled }) =>
    id === null ? [] : [{ id, name, weight, enabled }],
  )
}
