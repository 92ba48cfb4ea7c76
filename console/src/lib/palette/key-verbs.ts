// What the palette does with a key; the screen behind it loads again.
import type { ApiKey } from '@latchkey/sdk'
import { toast, toastError } from '#lib/components/overlay/toasts.svelte.ts'
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'
import { session } from '#lib/session.svelte.ts'

/** Disables it and offers an undo; an error is shown as a toast. */
export async function disableKey({ id, name }: ApiKey): Promise<void> {
  try {
    await latchkey.keys.disable(id)
    session.renew()
    void toast(m.key_is_disabled({ name }), async () => {
      await latchkey.keys.enable(id)
      session.renew()
    })
  } catch (error) {
    void toastError(error)
  }
}

/** Enables it; an error is shown as a toast. */
export async function enableKey({ id, name }: ApiKey): Promise<void> {
  try {
    await latchkey.keys.enable(id)
    session.renew()
    void toast(m.key_is_enabled({ name }))
  } catch (error) {
    void toastError(error)
  }
}

/** Rejects where it fails: the dialog that asked shows why. */
export async function revokeKey({ id, name }: ApiKey): Promise<void> {
  await latchkey.keys.revoke(id)
  session.renew()
  void toast(m.key_is_revoked({ name }))
}
