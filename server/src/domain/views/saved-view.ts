// A saved view: a filter of a console screen under a name. Its public id, and how its name and its query are read.
import { FINDERS } from '../content/find-secrets.ts'
import { displayTextFault } from '../display-text.ts'
import { mayBeImported } from '../keys/own-secret.ts'
import { readDisplayText } from '../read-display-text.ts'
import { failed, ok, type Result } from '../user-error.ts'
import { paramsOf, type ViewScreen } from './view-screens.ts'

/** Of all screens together, for one admin. */
export const SAVED_VIEWS_MAX = 100
export const VIEW_NAME_MAX = 80
/** In UTF-16 units, of which nearly all are ASCII in a URL. */
export const VIEW_QUERY_MAX = 4_000

const SAVED_VIEW_ID = /^svw_([1-9][0-9]{0,8})$/

/** The public id of the view of this number. */
export function savedViewId(number: number): string {
  return `svw_${number}`
}

/** The number in `svw_12`; null where the text is not such an id. */
export function savedViewNumber(id: string): number | null {
  const digits = SAVED_VIEW_ID.exec(id)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** The name, trimmed. */
export function readViewName(sent: string): Result<string> {
  const missing = 'name must not be empty. Say what the view shows.'
  return readDisplayText(sent, { field: 'name', max: VIEW_NAME_MAX, missing })
}

/**
 * The query of a URL of the screen, with or without its question mark, in one form: parameters sorted by name, no question mark.
 * Refused are parameters that the screen does not have, and values that may be secrets, which no message repeats.
 */
export function readViewQuery(screen: ViewScreen, sent: string): Result<string> {
  if (sent.length > VIEW_QUERY_MAX) {
    const message = `query has ${sent.length} characters; at most ${VIEW_QUERY_MAX} are allowed.`
    return failed('TOO_LONG', 'query', message, { maxLength: VIEW_QUERY_MAX })
  }
  const params = new URLSearchParams(sent)
  const known = paramsOf(screen)
  for (const [name, value] of params) {
    if (holdsSecret(name, value))
      return failed('INVALID', 'query', 'query holds what looks like a secret. Leave that out of the view.')
    if (!known.includes(name)) return unknownParam(name, known)
    const fault = displayTextFault(value, { lines: false })
    if (fault !== null) return failed('INVALID', 'query', `query: ${name} ${fault}`)
  }
  params.sort()
  const text = params.toString()
  // What was sent without escapes grows by them.
  return text.length > VIEW_QUERY_MAX ? readViewQuery(screen, text) : ok(text)
}

/** Random text is a secret only where anything may stand: models and addresses have names that nobody would guess either. */
function holdsSecret(name: string, value: string): boolean {
  const texts = [name, value]
  if (texts.some((text) => [FINDERS.token, FINDERS.uuid].some((find) => find(text).length > 0))) return true
  return name === 'q' && value.split(/\s+/).some(mayBeImported)
}

function unknownParam(name: string, known: readonly string[]): Result<never> {
  const shown = JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name)
  const message = `query has the parameter ${shown}, which this screen does not have. It has: ${known.join(', ')}.`
  return failed('INVALID', 'query', message)
}
