// Disabling an owner, which takes an undo in place of a question, and enabling one.
import type { Owner } from '@latchkey/sdk'
import { toast, toastError } from '#lib/components/overlay/toasts.svelte.ts'
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'

/** `onchanged` is called with the owner as it then is, also after an undo. Failures are said in a toast. */
export async function switchOwner(owner: Owner, onchanged: (owner: Owner) => void): Promise<void> {
  const { id, name } = owner
  try {
    if (owner.disabledAt !== null) {
      onchanged(await latchkey.owners.enable(id))
      void toast(m.owners_enabled({ name }))
      return
    }
    onchanged(await latchkey.owners.disable(id))
    void toast(m.owners_was_disabled({ name }), async () => onchanged(await latchkey.owners.enable(id)))
  } catch (error) {
    void toastError(error)
  }
}
