import { redirect } from '@sveltejs/kit'
import { latchkey } from '#lib/latchkey.ts'
import { returnPath } from '#lib/return-path.ts'

/** Nobody has to sign in twice, and nobody can before there is an admin. */
export async function load({ url }) {
  const [viewer, setup] = await Promise.all([latchkey.auth.viewer(), latchkey.auth.setup()])
  if (setup.required) redirect(307, '/setup')
  if (viewer) redirect(307, returnPath(url.searchParams))
}
