import { latchkey } from '#lib/latchkey.ts'

/** Ends the session, and goes to the provider that it was signed in at, which ends its own, or to the sign-in page. */
export async function signOut(): Promise<void> {
  // Whatever the response: a reloaded page shows nothing of the former session.
  const provider = await latchkey.auth.signOut().catch(() => null)
  location.assign(provider ?? '/login')
}
