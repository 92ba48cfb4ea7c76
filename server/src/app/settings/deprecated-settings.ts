// Former names of settings: read for one version after the change, with a warning at start.
import { SETTINGS, type SettingName } from './environment-settings.ts'
import type { Environment } from './read-settings.ts'

/** Former name → the setting that has replaced it. For each entry, CHANGELOG.md says when the former name is removed. */
export const DEPRECATED_SETTINGS: Readonly<Record<string, SettingName>> = {
  LATCHKEY_CALLER_IDLE_TIMEOUT_SECONDS: 'LATCHKEY_CLIENT_IDLE_TIMEOUT_SECONDS',
}

/**
 * The environment with each former name moved to the present one, also as NAME_FILE where the setting is a secret. A warning
 * for each former name that is set; a fault where both names are set, to different values. Neither repeats a value. An empty
 * variable counts as absent.
 */
export function replaceDeprecatedNames(env: Environment): {
  env: Environment
  warnings: string[]
  faults: string[]
} {
  const replaced = { ...env }
  const warnings: string[] = []
  const faults: string[] = []
  for (const [former, name] of renames()) {
    const value = env[former]
    delete replaced[former]
    if (!value) continue
    warnings.push(`${former} is deprecated and will be removed in the next version: set ${name} instead`)
    if (env[name] && env[name] !== value)
      faults.push(`${former} and ${name} are both set, to different values: keep ${name}`)
    replaced[name] = env[name] || value
  }
  return { env: replaced, warnings, faults }
}

function renames(): (readonly [former: string, name: string])[] {
  return Object.entries(DEPRECATED_SETTINGS).flatMap(([former, name]) =>
    SETTINGS[name].secret
      ? [[former, name] as const, [`${former}_FILE`, `${name}_FILE`] as const]
      : [[former, name] as const],
  )
}
