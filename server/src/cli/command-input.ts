// What commands about keys and owners are given: labels, and files with JSON.
import { readFileSync, statSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'

export type Label = { name: string; value: string }

// A key with a policy has some hundred bytes: more than 10,000 keys.
const FILE_MAX_BYTES = 16 * 1024 * 1024

/** An argument parser of commander: a label, `env=prod`, after those before it. */
export function labels(text: string, before: Label[] = []): Label[] {
  const at = text.indexOf('=')
  if (at < 1) throw new InvalidArgumentError('A label is name=value.')
  return [...before, { name: text.slice(0, at), value: text.slice(at + 1) }]
}

/** The JSON of a file of at most 16 MiB. As of all that reads files here, the message of an error names the file and never holds what is in it: that may be a secret. */
export function readJson(path: string): unknown {
  return parsed(readText(path), path)
}

/** The text of a file of at most 16 MiB. */
export function readText(path: string): string {
  try {
    if (statSync(path).size > FILE_MAX_BYTES) throw new Error('too long')
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error(`${path} cannot be read, or has more than 16 MiB.`, { cause })
  }
}

/** The value of a JSON text; `place` names it in an error. */
export function parsed(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${place} is not JSON.`)
  }
}
