// Whether texts that models read and write are shown as Markdown or as they are; this browser remembers it, for each place.

export type TextForm = 'markdown' | 'plain'
/** Where texts are read for what they say, and where for what they are. */
export type TextPlace = 'playground' | 'logs'

const initial: Record<TextPlace, TextForm> = { playground: 'markdown', logs: 'plain' }
const storageKeyOf = (place: TextPlace) => `latchkey.text-form.${place}`

const chosen = $state({ playground: stored('playground'), logs: stored('logs') })

/** The form in which texts are on screen there. */
export function currentTextForm(place: TextPlace): TextForm {
  return chosen[place]
}

/** Keeps the choice; every text on screen there changes at once. */
export function chooseTextForm(place: TextPlace, form: TextForm): void {
  chosen[place] = form
  try {
    localStorage.setItem(storageKeyOf(place), form)
  } catch {
    // A browser that stores nothing forgets it with the page.
  }
}

function stored(place: TextPlace): TextForm {
  try {
    const form = globalThis.localStorage?.getItem(storageKeyOf(place))
    return form === 'markdown' || form === 'plain' ? form : initial[place]
  } catch {
    return initial[place]
  }
}
