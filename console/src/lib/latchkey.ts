// The console's one client: of the page's own server, authenticated by the session cookie.
import { Latchkey } from '@latchkey/sdk'
import { connection } from '#lib/api/connection.svelte.ts'
import { noteOperation } from '#lib/api/operations.svelte.ts'
import { stepUp } from '#lib/sign-in/step-up.svelte.ts'

export const latchkey = new Latchkey({
  url: globalThis.location?.origin ?? 'http://localhost',
  fetch: (input, init) => {
    const responded = noteOperation(init?.body, init?.signal)
    return connection.noting(() => fetch(input, init)).finally(responded)
  },
  onStepUp: (means) => stepUp.ask(means),
})
