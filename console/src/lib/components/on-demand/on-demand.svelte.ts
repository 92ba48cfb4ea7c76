// Components that are loaded when they are first needed, or when somebody first touches the page: no page waits for a menu or a dialog that
// nobody has opened.
import { loadPart } from '#lib/api/load-part.ts'

export type OnDemand<Loaded> = {
  /** The component; undefined until it is loaded. Reactive. */
  readonly component: Loaded | undefined
  /** Loads it, once; tries again after a failure. */
  load(): void
  /** The component, for a template that needs it now: loads it where that has not begun. */
  use(): Loaded | undefined
}

const TOUCHES = ['pointermove', 'pointerdown', 'touchstart', 'keydown'] as const

const waiting: (() => void)[] = []
let isTouched = false

/** A component of its own chunk: `importer` is a dynamic import. To be called once a component, at the top of a module. */
export function onDemand<Loaded>(importer: () => Promise<{ default: Loaded }>): OnDemand<Loaded> {
  let component = $state.raw<Loaded>()
  let loading = false
  const load = () => {
    if (loading) return
    loading = true
    loadPart(importer).then(
      (module) => (component = module.default),
      // Nothing opens; the notice of the connection says so.
      () => (loading = false),
    )
  }
  atFirstTouch(load)
  return {
    get component() {
      return component
    },
    load,
    use() {
      load()
      return component
    },
  }
}

function atFirstTouch(load: () => void): void {
  // A build runs this module too.
  if (globalThis.document === undefined) return
  if (isTouched) return whenIdle(load)
  if (waiting.length === 0)
    for (const touch of TOUCHES) addEventListener(touch, onTouch, { capture: true, passive: true })
  waiting.push(load)
}

function onTouch(): void {
  isTouched = true
  for (const touch of TOUCHES) removeEventListener(touch, onTouch, { capture: true })
  for (const load of waiting.splice(0)) load()
}

/** Safari has no idle callbacks. */
function whenIdle(load: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(load)
  else setTimeout(load, 200)
}
