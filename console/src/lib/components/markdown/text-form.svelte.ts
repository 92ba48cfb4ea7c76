// Whether texts that models read and write are shown as Markdown or as they are; this browser remembers it, for each place.

import { keepValue, keptValue } from '#lib/preferences/kept-value.ts'

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
  keepValue(storageKeyOf(place), form)
}

function stored(place: TextPlace): TextForm {
  const form = keptValue(storageKeyOf(place))
  return form === 'markdown' || form === 'plain' ? form : initial[place]
}
