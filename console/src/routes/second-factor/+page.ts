import { redirect } from '@sveltejs/kit'
import { latchkey } from '#lib/latchkey.ts'

/** Only for who has to set up a second factor. */
export async function load() {
  const viewer = await latchkey.auth.viewer()
  if (viewer === null) redirect(307, '/login')
  if (!viewer.mustEnrolSecondFactor) redirect(307, '/')
  return latchkey.secondFactors.enrolTotp()
}
