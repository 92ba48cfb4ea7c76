// What a browser says of a field that may not be sent, in the language of the console: the browser's own may be another.
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'

type Checked = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

const isChecked = (target: EventTarget | null): target is Checked =>
  target instanceof HTMLInputElement ||
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement

/** Says it in the console's words from here on, for every form of the page. Returns what ends that. */
export function validateInWords(): () => void {
  const say = ({ target }: Event) => {
    if (isChecked(target) && !target.validity.customError) target.setCustomValidity(problemOf(target))
  }
  // What was said holds until something else is typed.
  const clear = ({ target }: Event) => {
    if (isChecked(target)) target.setCustomValidity('')
  }
  document.addEventListener('invalid', say, true)
  for (const name of ['input', 'change']) document.addEventListener(name, clear, true)
  return () => {
    document.removeEventListener('invalid', say, true)
    for (const name of ['input', 'change']) document.removeEventListener(name, clear, true)
  }
}

/** What is wrong with a value; that it is not valid, for what has no words here. */
function problemOf(field: Checked): string {
  const { validity } = field
  const [min, max] = field instanceof HTMLInputElement ? [field.min, field.max] : ['', '']
  if (validity.valueMissing) return m.field_missing()
  if (validity.badInput) return m.field_number()
  if (validity.rangeUnderflow || validity.rangeOverflow) return rangeText(min, max)
  if (validity.typeMismatch && field instanceof HTMLInputElement)
    return field.type === 'email' ? m.field_email() : m.field_url()
  if (validity.tooShort && !(field instanceof HTMLSelectElement))
    return m.field_short({ count: formatNumber(field.minLength) })
  if (validity.stepMismatch) return m.field_whole()
  if (validity.patternMismatch) return field.title || m.field_pattern()
  return m.invalid_value()
}

function rangeText(min: string, max: string): string {
  const text = (bound: string) => (/^-?\d+$/.test(bound) ? formatNumber(Number(bound)) : bound)
  if (min === '') return m.field_most({ max: text(max) })
  if (max === '') return m.field_least({ min: text(min) })
  return m.field_range({ min: text(min), max: text(max) })
}
