// Reads single settings from the environment, and finds names that are no setting.
import { readFileSync } from 'node:fs'
import type { EnvironmentValue } from '../../domain/settings/environment-value.ts'
import { SETTINGS, type Setting, type SettingName } from './environment-settings.ts'

/** The environment of the process: names to values. */
export type Environment = Record<string, string | undefined>

// Read by the SDK and the command, and often set in the same shell.
const OTHERS = ['LATCHKEY_URL']

/**
 * The text of one setting, trimmed where it comes from a file, and what is wrong with it, as a sentence; both are null where
 * the setting is absent and has no default. An empty variable counts as absent.
 */
export function readSetting(
  env: Environment,
  name: SettingName,
): { text: string | null; fault: string | null } {
  const { default: fallback, secret: isSecret, fault } = SETTINGS[name] as Setting
  const direct = env[name] || null
  const file = isSecret ? env[`${name}_FILE`] || null : null
  if (direct !== null && file !== null) {
    return { text: direct, fault: `${name} and ${name}_FILE are both set: keep one` }
  }
  let text = direct ?? fallback
  if (file !== null) {
    try {
      text = readFileSync(file, 'utf8').trim()
    } catch (error) {
      return { text: null, fault: `${name}_FILE cannot be read: ${(error as NodeJS.ErrnoException).code}` }
    }
  }
  const wrong = text === null ? null : fault(text)
  return { text, fault: wrong === null ? null : `${name} ${wrong}` }
}

/** Every setting as an admin may see it, in the order of the table: without the values of secrets. `values`: as `readSetting` has read them. */
export function environmentValues(
  env: Environment,
  values: Readonly<Record<SettingName, string | null>>,
): EnvironmentValue[] {
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const { default: fallback, secret: isSecret } = SETTINGS[name] as Setting
    return {
      name,
      value: isSecret ? null : values[name],
      default: fallback,
      isSet: Boolean(env[name] || (isSecret && env[`${name}_FILE`])),
      isSecret,
    }
  })
}

/** A sentence for each name that begins with LATCHKEY_ and is no setting, with the most similar setting where one is near. */
export function unknownNames(env: Environment): string[] {
  const files = (Object.keys(SETTINGS) as SettingName[])
    .filter((name) => SETTINGS[name].secret)
    .map((name) => `${name}_FILE`)
  const known = [...Object.keys(SETTINGS), ...files, ...OTHERS]
  return Object.keys(env)
    .filter((name) => name.startsWith('LATCHKEY_') && !known.includes(name))
    .map((name) => {
      const near = known
        .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
        .sort((a, b) => a.distance - b.distance)[0]
      const hint = near !== undefined && near.distance <= 6 ? `; did you mean ${near.candidate}?` : ''
      return `${name} is not a setting of Latchkey${hint}`
    })
}

/** The Levenshtein distance of two names. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
