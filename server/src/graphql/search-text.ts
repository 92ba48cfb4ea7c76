// A text that a list is searched for.
import { badInput } from '../domain/admin-errors.ts'

const SEARCH_MAX = 200

/** Without blanks around it; undefined: no search. Throws BAD_USER_INPUT naming the argument. */
export function readSearch(search: string | null | undefined, param: string): string | undefined {
  if (!search) return undefined
  if (search.length > SEARCH_MAX || !search.isWellFormed() || /\p{Cc}/u.test(search))
    throw badInput(param, `${param} must be plain text of at most ${SEARCH_MAX} characters.`)
  return search.trim() || undefined
}
