// Labels: `name=value` pairs that admins put on keys and owners. What may stand in one, and their form as one text.
import { failed, problemsOf, type Result } from '../user-error.ts'

export type Label = { name: string; value: string }

export const LABELS_MAX = 20
export const LABEL_CHARS_MAX = 63

// Of Kubernetes' label values, so that labels of a deployment can be used as they are.
const PART = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/

/** Whether a text may be the name or the value of a label. */
export function isLabelPart(text: string): boolean {
  return PART.test(text)
}

/** `env=prod`. */
export function labelText({ name, value }: Label): string {
  return `${name}=${value}`
}

const PART_BOUNDS = { minLength: 1, maxLength: LABEL_CHARS_MAX }

/** Labels as one text, `env=prod,team=search`; null: there is none. */
export function labelsText(labels: readonly Label[]): string | null {
  return labels.length === 0 ? null : labels.map(labelText).join(',')
}

/** The labels of a text that `labelsText` made. */
export function labelsIn(text: string | null): Label[] {
  return (text ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=')
    return at === -1 ? [] : [{ name: pair.slice(0, at), value: pair.slice(at + 1) }]
  })
}

/** At most 20 labels, of which no two have one name; in the order of their names. */
export function readLabels(sent: readonly Label[], field = 'labels'): Result<Label[]> {
  if (sent.length > LABELS_MAX)
    return failed('TOO_LONG', field, `${field} has at most ${LABELS_MAX} entries.`, { maxItems: LABELS_MAX })
  const names = new Set<string>()
  const errors = problemsOf(
    ...sent.map((label, at) => {
      const { name, value } = label
      const isFirst = !names.has(name)
      names.add(name)
      const fault = !isLabelPart(name)
        ? partRule('name')
        : !isLabelPart(value)
          ? partRule('value')
          : isFirst
            ? null
            : 'repeats the name of an earlier entry.'
      if (fault === null) return { ok: true as const, value: null }
      const bounds = isLabelPart(name) && isLabelPart(value) ? undefined : PART_BOUNDS
      return failed('INVALID', `${field}[${at}]`, `${field}[${at}] ${fault}`, bounds)
    }),
  )
  if (errors.length > 0) return { ok: false, errors }
  return { ok: true, value: [...sent].map(({ name, value }) => ({ name, value })).sort(byName) }
}

/** One label, of a selector. */
export function readLabel(sent: Label, field: string): Result<Label> {
  const read = readLabels([sent], field)
  const [label] = read.ok ? read.value : []
  if (label !== undefined) return { ok: true, value: label }
  const message = `${field} ${partRule(isLabelPart(sent.name) ? 'value' : 'name')}`
  return failed('INVALID', field, message, PART_BOUNDS)
}

function partRule(part: 'name' | 'value'): string {
  return `must have a ${part} of 1 to ${LABEL_CHARS_MAX} letters, digits, ".", "_" or "-", with a letter or digit at both ends.`
}

function byName(a: Label, b: Label): number {
  return a.name < b.name ? -1 : 1
}
