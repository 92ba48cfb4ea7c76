import { redirect } from '@sveltejs/kit'
import { latchkey } from '#lib/latchkey.ts'
import { returnPath } from '#lib/return-path.ts'

/** Redirects who is signed in already, and, while there is no admin, to the setup. */
export async function load({ url }) {
  const [viewer, setup, options] = await Promise.all([
    latchkey.auth.viewer(),
    latchkey.auth.setup(),
    latchkey.auth.signInOptions(),
  ])
  if (setup.required) redirect(307, '/setup')
  if (viewer) redirect(307, returnPath(url.searchParams))
  return options
}
