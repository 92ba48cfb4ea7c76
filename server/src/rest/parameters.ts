// Parses parameters; the error for an invalid one names the parameter and the fix.

import { badInput } from '../domain/admin-errors.ts'
import { isObject } from '../domain/is-object.ts'
import { apiKeyNumberFrom } from '../domain/keys/api-key-id.ts'
import type { Outcome } from '../domain/logs/call-record.ts'
import { OUTCOMES } from '../domain/logs/call-record.ts'
import { PAGE, PAGE_SIZE } from './bounds.ts'

/** Refuses parameters that the path does not know, and any given twice. */
export function onlyParameters(query: URLSearchParams, known: readonly string[]): void {
  const names = [...query.keys()]
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const list = known.length === 0 ? 'It takes none.' : `It takes ${known.join(', ')}.`
    throw badInput(
      unknown.slice(0, 100),
      `This path has no parameter ${JSON.stringify(unknown.slice(0, 100))}. ${list}`,
    )
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw badInput(twice, `${twice} is given twice. Give it once.`)
}

/** A whole number within bounds, written in decimal digits; absent: the default. */
export function readWhole(
  query: URLSearchParams,
  name: string,
  { min, max, absent }: { min: number; max: number; absent: number },
): number {
  const text = query.get(name)
  if (text === null) return absent
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max))
    throw badInput(name, `${name} must be a whole number from ${min} to ${max}.`)
  return value
}

/** page and page_size, also as LIMIT and OFFSET. */
export function readPage(query: URLSearchParams): {
  page: number
  pageSize: number
  limit: number
  offset: number
} {
  const page = readWhole(query, 'page', PAGE)
  const pageSize = readWhole(query, 'page_size', PAGE_SIZE)
  return { page, pageSize, limit: pageSize, offset: (page - 1) * pageSize }
}

/** The outcomes that `status` of the original product stands for; absent: all. */
export function readStatus(query: URLSearchParams): Outcome[] | undefined {
  const status = query.get('status')
  switch (status) {
    case null:
      return undefined
    case 'success':
      return ['SUCCESS']
    case 'error':
      return OUTCOMES.filter((outcome) => outcome !== 'SUCCESS')
    default:
      throw badInput('status', 'status must be success or error. Leave it out for both.')
  }
}

/** An API key's integer id. */
export function readKeyId(text: string): number {
  const number = apiKeyNumberFrom(text)
  if (number === null) throw badInput('key_id', 'key_id must be the integer id of an API key.')
  return number
}

/** A body that is one JSON object with known fields only. */
export function readObject(body: unknown, known: string[]): Record<string, unknown> {
  if (!isObject(body)) throw badInput(null, 'The body must be a JSON object.')
  const unknown = Object.keys(body).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const name = unknown.slice(0, 100)
    throw badInput(name, `There is no field ${JSON.stringify(name)}. The fields are ${known.join(', ')}.`)
  }
  return { ...body }
}
