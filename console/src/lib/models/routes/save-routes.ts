// Routes of a model that were moved are saved at once, with an undo.
import type { Model, ModelRoute } from '@latchkey/sdk'
import { toast, toastError } from '#lib/components/overlay/toasts.svelte.ts'
import { latchkey } from '#lib/latchkey.ts'

/**
 * Saves routes and says `text` with an undo that brings the former ones back; `onsaved` gets the model after each. False where it failed,
 * which is said, also when somebody else has changed the model meanwhile; then `onfailed` is called.
 */
export function saveRoutes(model: Model, onsaved: (model: Model) => void, onfailed: () => void) {
  return async (routes: readonly ModelRoute[], text: string): Promise<boolean> => {
    const set = async (to: readonly ModelRoute[], expectedVersion: number) => {
      const saved = await latchkey.models.update(model.id, { routes: to.map(inputOf), expectedVersion })
      onsaved(saved)
      return saved
    }
    try {
      const { version } = await set(routes, model.version)
      void toast(text, () => set(model.routes, version))
      return true
    } catch (error) {
      onfailed()
      void toastError(error)
      return false
    }
  }
}

const inputOf = ({ upstream, upstreamModel, priority, weight }: ModelRoute) => ({
  upstreamId: upstream.id,
  upstreamModel,
  priority,
  weight,
})
