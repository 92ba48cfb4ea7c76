// What the palette does with a key; the screen behind it loads again.
import type { ApiKey } from '@latchkey/sdk'
import { switchWithUndo, toast, toastError } from '#lib/components/overlay/toasts.svelte.ts'
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'
import { session } from '#lib/session.svelte.ts'

/** Disables it and offers an undo; an error is shown as a toast. */
export function disableKey({ id, name }: ApiKey): Promise<void> {
  return switchWithUndo(true, (on) => setDisabled(id, on), m.key_is_disabled({ name }))
}

/** Enables it; an error is shown as a toast. */
export async function enableKey({ id, name }: ApiKey): Promise<void> {
  try {
    await setDisabled(id, false)
    void toast(m.key_is_enabled({ name }))
  } catch (error) {
    void toastError(error)
  }
}

async function setDisabled(id: string, on: boolean): Promise<void> {
  if (on) await latchkey.keys.disable(id)
  else await latchkey.keys.enable(id)
  session.renew()
}
