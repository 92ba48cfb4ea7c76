import { redirect } from '@sveltejs/kit'
import { latchkey } from '#lib/latchkey.ts'

/** Only while there is no admin. */
export async function load() {
  const { required } = await latchkey.auth.setup()
  if (!required) redirect(307, '/login')
}
