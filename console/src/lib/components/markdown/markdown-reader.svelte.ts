// What reads Markdown, loaded when it is first needed: it is larger than the screens that show some.
import { loadPart } from '#lib/api/load-part.ts'
import type * as Reader from './markdown-tree.ts'

let loaded = $state.raw<typeof Reader>()

/** Null until it is loaded, as it is while the server is away. */
export function markdownReader(): typeof Reader | null {
  return loaded ?? null
}

/** Loads it, unless it is there. For whoever shows a text, or is about to. */
export function loadMarkdownReader(): void {
  if (loaded) return
  // Without it a text is shown as it was written.
  loadPart(() => import('./markdown-tree.ts')).then(
    (module) => (loaded = module),
    () => {},
  )
}
