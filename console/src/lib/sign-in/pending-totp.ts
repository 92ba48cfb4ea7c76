// The key of an authenticator app that is not confirmed yet. It stays in this tab until it is, so that a reload shows the same one: an app
// that has scanned it already would show wrong codes otherwise. It opens nothing before it is confirmed.
import { latchkey } from '#lib/latchkey.ts'
import { keepInTab, keptInTab } from '#lib/preferences/kept-value.ts'

const KEPT = 'latchkey.totp'

export type PendingTotp = { secret: string; uri: string }

/** The key of this tab for this person, or a new one. */
export async function pendingTotp(username: string): Promise<PendingTotp> {
  const kept = readKept(username)
  return kept ?? newTotp(username)
}

/** A new key, which replaces the former one. */
export async function newTotp(username: string): Promise<PendingTotp> {
  const { secret, uri } = await latchkey.secondFactors.enrolTotp()
  keepInTab(KEPT, JSON.stringify({ username, secret, uri }))
  return { secret, uri }
}

/** Forgets it, once it is confirmed. */
export function forgetTotp(): void {
  keepInTab(KEPT, null)
}

function readKept(username: string): PendingTotp | null {
  const text = keptInTab(KEPT)
  if (text === null) return null
  const kept = JSON.parse(text) as PendingTotp & { username: string }
  return kept.username === username ? { secret: kept.secret, uri: kept.uri } : null
}
