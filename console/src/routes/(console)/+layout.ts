import { error, redirect } from '@sveltejs/kit'
import { errorText } from '#lib/error-text.ts'
import { latchkey } from '#lib/latchkey.ts'
import { loginPath } from '#lib/return-path.ts'

/** Lets nobody in but a signed-in admin, and sends everyone else where they can become one. */
export async function load({ url, untrack }) {
  const [viewer, setup] = await Promise.all([latchkey.auth.viewer(), latchkey.auth.setup()]).catch(
    (thrown: unknown) => error(503, errorText(thrown)),
  )
  if (setup.required) redirect(307, '/setup')
  // Untracked, or every step inside the console would ask the server again who is there.
  if (viewer === null) redirect(307, loginPath(untrack(() => url.pathname + url.search)))
  return { viewer }
}
