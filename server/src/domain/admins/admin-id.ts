// The public ids of admins, of their invitations, passkeys and linked accounts: `adm_12`, `inv_12`, `psk_12`, `idn_12`.

/** The public id of the admin of this number. */
export function adminId(number: number): string {
  return `adm_${number}`
}

/** The number in an admin's id; null for any other text. */
export function adminNumber(id: string): number | null {
  return numberIn('adm_', id)
}

/** The public id of the invitation of this number. */
export function invitationId(number: number): string {
  return `inv_${number}`
}

/** The number in an invitation's id; null for any other text. */
export function invitationNumber(id: string): number | null {
  return numberIn('inv_', id)
}

/** The public id of the passkey of this number. */
export function passkeyId(number: number): string {
  return `psk_${number}`
}

/** The number in a passkey's id; null for any other text. */
export function passkeyNumber(id: string): number | null {
  return numberIn('psk_', id)
}

/** The public id of the linked account of this number. */
export function identityId(number: number): string {
  return `idn_${number}`
}

/** The number in a linked account's id; null for any other text. */
export function identityNumber(id: string): number | null {
  return numberIn('idn_', id)
}

function numberIn(prefix: string, id: string): number | null {
  return id.startsWith(prefix) && /^[1-9]\d{0,8}$/.test(id.slice(prefix.length))
    ? Number(id.slice(prefix.length))
    : null
}
