// How a secret is written. The server takes one that it made with and without `sk-` or `sk-lk-`; some clients refuse one that lacks it.

/** The secret as applications get it: "sk-" and the UUID. */
export function presentedSecret(secret: string): string {
  return secret.startsWith('sk-') ? secret : `sk-${secret}`
}

/** Whether a text is a whole secret in the form of those that are made here, which is no name of anything. */
export function isMadeSecret(text: string): boolean {
  return /^(sk-(lk-)?)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text.trim())
}

/**
 * Whether a text may be a whole secret, which belongs in no URL: one that was made here, or an imported one, which has digits. Long
 * names of models are of that form, too.
 */
export function isWholeSecret(text: string): boolean {
  const trimmed = text.trim()
  if (isMadeSecret(trimmed)) return true
  return /^[A-Za-z0-9._~-]{16,200}$/.test(trimmed) && /\d/.test(trimmed)
}

/** What of a secret is safe to show: "sk-3f2a9c1e…"; an imported one has a prefix of its own, or none. */
export function maskedSecret({ start, secretForm }: { start: string; secretForm: string }): string {
  if (secretForm === 'IMPORTED') return `${start}…`
  return `${secretForm === 'PREFIXED' ? 'sk-lk-' : 'sk-'}${start}…`
}
