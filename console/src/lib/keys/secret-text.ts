// How a secret is written. The server takes it with and without `sk-`; some clients refuse one that lacks it.

/** The secret as applications get it: "sk-" and the UUID. */
export function presentedSecret(secret: string): string {
  return secret.startsWith('sk-') ? secret : `sk-${secret}`
}

/** Whether a text is a whole secret, which belongs in no URL; the form of domain/keys/api-key.ts. */
export function isWholeSecret(text: string): boolean {
  return /^(sk-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text.trim())
}

/** What of a secret is safe to show: "sk-3f2a9c1e…". */
export function maskedSecret({ start }: { start: string }): string {
  return `${presentedSecret(start)}…`
}
