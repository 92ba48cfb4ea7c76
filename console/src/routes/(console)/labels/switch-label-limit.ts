// Switching shared limits off, which takes an undo in place of a question, and on.
import type { LabelLimit } from '@latchkey/sdk'
import { toast, toastError } from '#lib/components/overlay/toasts.svelte.ts'
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'

/** `onchanged` is called with the limits as they then are, also after an undo. Failures are said in a toast. */
export async function switchLabelLimit(
  { id, name, enabled }: LabelLimit,
  onchanged: (limit: LabelLimit) => void,
): Promise<void> {
  const set = async (to: boolean) => onchanged(await latchkey.labelLimits.update(id, { enabled: to }))
  try {
    await set(!enabled)
    void toast(enabled ? m.label_was_off({ name }) : m.label_was_on({ name }), () => set(enabled))
  } catch (error) {
    void toastError(error)
  }
}
