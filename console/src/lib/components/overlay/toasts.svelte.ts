// Short notices at the edge of the window, with an undo where there is one. The library is loaded with the first of them.
import { loadPart } from '#lib/api/load-part.ts'
import { errorText } from '#lib/error-text.ts'
import { m } from '#lib/paraglide/messages.js'
import { sessionEnded } from '#lib/session.svelte.ts'

/** True once there was a notice: the layout then mounts the place where they appear. */
export const toasts = $state({ mounted: false })

const undoMs = 8000

/** Says that something is done. With `undo` there is a button for eight seconds; a failed undo is said too. */
export async function toast(text: string, undo?: () => Promise<unknown>): Promise<void> {
  const sonner = await load()
  sonner?.toast.success(text, {
    duration: undo ? undoMs : 4000,
    ...(undo ? { action: { label: m.undo(), onClick: () => void undo().catch(toastError) } } : {}),
  })
}

/** Says that something failed, for what has no place of its own on the screen; of a session that has ended, the sign-in says it. */
export async function toastError(error: unknown): Promise<void> {
  if (sessionEnded(error)) return
  const sonner = await load()
  sonner?.toast.error(errorText(error), { duration: 8000 })
}

/** Switches something on or off and says `text`, with an undo that switches it back. A failure is said. */
export async function switchWithUndo(
  on: boolean,
  set: (on: boolean) => Promise<unknown>,
  text: string,
): Promise<void> {
  try {
    await set(on)
    void toast(text, () => set(!on))
  } catch (error) {
    void toastError(error)
  }
}

async function load() {
  // Without it nothing can be said here; the notice of the connection says that.
  const sonner = await loadPart(() => import('svelte-sonner')).catch(() => null)
  if (sonner) toasts.mounted = true
  return sonner
}
