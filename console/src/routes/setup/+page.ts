import { redirect } from '@sveltejs/kit'
import { latchkey } from '#lib/latchkey.ts'

/** There is only one first time. */
export async function load() {
  const { required } = await latchkey.auth.setup()
  if (!required) redirect(307, '/login')
}
