/**
 * What tokens of a provider may be signed with: a key of its own, which it publishes. Never `none`, nor an HMAC, whose key would be the
 * client secret or, by a mistake that has been made often, a public key.
 */
export const ASYMMETRIC_ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]
