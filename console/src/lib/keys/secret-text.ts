// How a secret is written. The server takes it with and without `sk-`; some clients refuse one that lacks it.

/** The secret as applications get it: "sk-" and the UUID. */
export function presentedSecret(secret: string): string {
  return secret.startsWith('sk-') ? secret : `sk-${secret}`
}

/** What of a secret is safe to show: "sk-3f2a9c1e…". */
export function maskedSecret({ start }: { start: string }): string {
  return `${presentedSecret(start)}…`
}
