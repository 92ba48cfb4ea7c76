// The end of a session, wherever in the console it is noticed. Over a page of the console a dialog asks to sign in again, so that nothing
// typed is lost; elsewhere the sign-in page is loaded.
import { AuthenticationError } from '@latchkey/sdk'
import { loginPath } from '#lib/return-path.ts'
import { goto } from '$app/navigation'

class Session {
  /** True while the dialog asks. */
  ended = $state(false)
  /** Counts the times that what failed may work again: after signing in, and after the server is back. */
  renewals = $state(0)
  /** True where a dialog can ask. */
  dialog = false

  /** Everything on screen is loaded again. */
  renew = (): void => {
    this.ended = false
    this.renewals++
  }
}

export const session = new Session()

/** True when the session has ended: signing in is then being asked for, and no error need be shown. */
export function sessionEnded(error: unknown): boolean {
  if (!(error instanceof AuthenticationError)) return false
  if (session.dialog) session.ended = true
  else void goto(loginPath(location.pathname + location.search))
  return true
}
