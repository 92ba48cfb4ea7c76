// The console's one client: of the page's own server, authenticated by the session cookie.
import { Latchkey } from '@latchkey/sdk'
import { notingFetch } from '#lib/api/operations.svelte.ts'
import { stepUp } from '#lib/sign-in/step-up.svelte.ts'

export const latchkey = new Latchkey({
  url: globalThis.location?.origin ?? 'http://localhost',
  fetch: notingFetch,
  onStepUp: (means) => stepUp.ask(means),
})
