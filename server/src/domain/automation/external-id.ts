// What another system calls a thing that is kept here, by which automation finds it again: unique among the things of one kind.
import { failed, ok, type Result } from '../user-error.ts'

const EXTERNAL_ID = /^[\x21-\x7e]{1,128}$/

/** 1 to 128 printable characters of ASCII without spaces, compared as they are; null: none. */
export function readExternalId(sent: string | null, field = 'externalId'): Result<string | null> {
  if (sent === null || EXTERNAL_ID.test(sent)) return ok(sent)
  return failed('INVALID', field, `${field} must have 1 to 128 characters of ASCII, without spaces.`, {
    minLength: 1,
    maxLength: 128,
  })
}

/** Something else of its kind has it. */
export function externalIdTaken(field = 'externalId'): Result<never> {
  return failed('TAKEN', field, `Something else has this ${field}. Choose another, or change that one.`)
}
