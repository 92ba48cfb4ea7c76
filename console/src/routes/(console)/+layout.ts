import { error, redirect } from '@sveltejs/kit'
import { inTurn } from '#lib/components/on-demand/in-turn.ts'
import { errorText } from '#lib/error-text.ts'
import { latchkey } from '#lib/latchkey.ts'
import { prepareFormatters } from '#lib/preferences/intl.ts'
import { loginPath } from '#lib/return-path.ts'

/** Lets in signed-in admins alone, and redirects everyone else to sign-in or setup. */
export async function load({ url, untrack }) {
  const asked = Promise.all([latchkey.auth.viewer(), latchkey.auth.setup()])
  inTurn(prepareFormatters)
  const [viewer, setup] = await asked.catch((thrown: unknown) => error(503, errorText(thrown)))
  if (setup.required) redirect(307, '/setup')
  // Untracked, or every navigation in the console would ask the server again who is signed in.
  if (viewer === null) redirect(307, loginPath(untrack(() => url.pathname + url.search)))
  if (viewer.mustEnrolSecondFactor) redirect(307, '/second-factor')
  return { viewer }
}
