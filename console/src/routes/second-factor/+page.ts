import { redirect } from '@sveltejs/kit'
import { latchkey } from '#lib/latchkey.ts'
import { pendingTotp } from '#lib/sign-in/pending-totp.ts'

/** Only for who has to set up a second factor. */
export async function load() {
  const viewer = await latchkey.auth.viewer()
  if (viewer === null) redirect(307, '/login')
  if (!viewer.mustEnrolSecondFactor) redirect(307, '/')
  return { username: viewer.name, pending: await pendingTotp(viewer.name) }
}
