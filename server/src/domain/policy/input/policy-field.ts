// One place in a policy that an admin sent: reads it, and notes what is wrong with it by its path.

import { isObject } from '../../is-object.ts'
import { nanoUsdOf, usdOf } from '../../pricing/money.ts'
import { canonicalTimeZone } from '../../time.ts'
import {
  type BoundedCode,
  type Bounds,
  type UserError,
  type UserErrorCode,
  userError,
} from '../../user-error.ts'
import { POLICY_MAX } from '../key-policy.ts'

/** A kind of pattern: its canonical form, null for text that is none, and an example for who sends such text. */
export type PatternForm = { example: string; canonical(text: string): string | null }

/** The order of lists in canonical form: by code units, the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Every read method returns a value of its type. Where the input is invalid, it has noted a problem, and the returned value
 * must not be used.
 */
export class PolicyField {
  readonly path: string
  readonly #value: unknown
  readonly #problems: UserError[]

  constructor(path: string, value: unknown, problems: UserError[]) {
    this.path = path
    this.#value = value
    this.#problems = problems
  }

  wrong(code: Exclude<UserErrorCode, BoundedCode>, saying: string): void
  wrong(code: UserErrorCode, saying: string, bounds: Bounds): void
  wrong(code: UserErrorCode, saying: string, bounds?: Bounds): void {
    this.#problems.push(userError(code, this.path, `${this.path} ${saying}`, bounds))
  }

  at(index: number): PolicyField {
    const value: unknown = Array.isArray(this.#value) ? this.#value[index] : undefined
    return new PolicyField(`${this.path}[${index}]`, value, this.#problems)
  }

  optional<T>(read: (field: PolicyField) => T | null): T | null {
    return this.#isAbsent() ? null : read(this)
  }

  /** The members with these names; any other name is a problem: a misspelt rule must not be ignored. */
  object<Name extends string>(names: readonly Name[]): Record<Name, PolicyField> {
    const value = isObject(this.#value) ? this.#value : NOTHING
    if (value === NOTHING) this.wrong('INVALID', `must be an object with ${names.join(', ')}.`)
    for (const name of Object.keys(value).slice(0, 100)) {
      if (names.some((known) => known === name)) continue
      const shown = JSON.stringify(name.slice(0, 40).toWellFormed())
      this.wrong('INVALID', `has no member ${shown}. Its members are ${names.join(', ')}.`)
    }
    const fieldOf = (name: Name) => {
      const member = Object.hasOwn(value, name) ? value[name] : undefined
      return [name, new PolicyField(`${this.path}.${name}`, member, this.#problems)]
    }
    return Object.fromEntries(names.map(fieldOf)) as Record<Name, PolicyField>
  }

  /** Nothing is an empty list. */
  list<T>(max: number, read: (field: PolicyField) => T): T[] {
    if (this.#isAbsent()) return []
    if (!Array.isArray(this.#value)) {
      this.wrong('INVALID', 'must be a list.')
      return []
    }
    const { length } = this.#value
    if (length > max) {
      this.wrong('TOO_LONG', `has ${length} entries; at most ${max} are allowed.`, { maxItems: max })
      return []
    }
    return Array.from({ length }, (_, index) => read(this.at(index)))
  }

  patterns(form: PatternForm): string[] {
    return [...new Set(this.list(POLICY_MAX.patterns, (entry) => entry.pattern(form)))].sort(compareText)
  }

  pattern(form: PatternForm): string {
    const text = this.text(POLICY_MAX.patternChars)
    const pattern = text === '' ? '' : form.canonical(text)
    if (pattern === null) {
      this.wrong('INVALID', `must be a name such as ${form.example}; * stands for any text.`)
    }
    return pattern ?? ''
  }

  /** 1 to `max` characters once trimmed. */
  text(max: number): string {
    if (typeof this.#value !== 'string') {
      this.wrong('INVALID', 'must be a text.')
      return ''
    }
    const text = this.#value.trim()
    if (text === '') this.wrong('REQUIRED', 'must not be empty.')
    if (text.length <= max) return text
    this.wrong('TOO_LONG', `has ${text.length} characters; at most ${max} are allowed.`, {
      minLength: 1,
      maxLength: max,
    })
    return ''
  }

  oneOf<T extends string>(values: readonly [T, ...T[]], fallback?: T): T {
    if (this.#isAbsent() && fallback !== undefined) return fallback
    const known = values.find((value) => value === this.#value)
    if (known === undefined) {
      this.wrong(this.#isAbsent() ? 'REQUIRED' : 'INVALID', `must be one of ${values.join(', ')}.`)
    }
    return known ?? values[0]
  }

  truth(): boolean {
    if (typeof this.#value !== 'boolean') this.wrong('INVALID', 'must be true or false.')
    return this.#value === true
  }

  whole(min: number, max: number): number {
    const value = this.#value
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    const code = this.#isAbsent() ? 'REQUIRED' : typeof value === 'number' ? 'OUT_OF_RANGE' : 'INVALID'
    this.wrong(code, `must be a whole number from ${min} to ${max}.`, { min, max })
    return min
  }

  /** A number is taken too, where its shortest decimal says what was meant. */
  usd(max: number): string {
    const value = typeof this.#value === 'number' ? String(this.#value) : this.#value
    const nanoUsd = typeof value === 'string' ? nanoUsdOf(value.trim()) : null
    if (nanoUsd !== null && nanoUsd > 0n && nanoUsd <= BigInt(max) * 1_000_000_000n) return usdOf(nanoUsd)
    const code = this.#isAbsent() ? 'REQUIRED' : nanoUsd === null ? 'INVALID' : 'OUT_OF_RANGE'
    this.wrong(code, `must be an amount in US dollars above 0 and up to ${max}, such as "20" or "0.50".`, {
      above: 0,
      max,
    })
    return '0'
  }

  timeZone(fallback: string): string {
    if (this.#isAbsent()) return fallback
    const zone = typeof this.#value === 'string' ? canonicalTimeZone(this.#value.trim()) : null
    if (zone === null) this.wrong('INVALID', 'must be an IANA time zone such as UTC or Europe/Berlin.')
    return zone ?? fallback
  }

  #isAbsent(): boolean {
    return this.#value === undefined || this.#value === null
  }
}

const NOTHING: Record<string, unknown> = {}
