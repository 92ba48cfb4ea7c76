// The end of a session, wherever in the console it is noticed.
import { AuthenticationError } from '@latchkey/sdk'
import { loginPath } from '#lib/return-path.ts'
import { goto } from '$app/navigation'

/** True when the session has ended: the login page is then loading, and no error need be shown. */
export function sessionEnded(error: unknown): boolean {
  if (!(error instanceof AuthenticationError)) return false
  void goto(loginPath(location.pathname + location.search))
  return true
}
