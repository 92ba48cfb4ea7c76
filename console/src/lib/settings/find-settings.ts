// Settings by their names: those that an admin can change, those of the environment, and the sign-in provider.
import { m } from '#lib/paraglide/messages.js'
import { inEveryLocale } from '#lib/preferences/locale.ts'
import { environmentMeaning, environmentNames } from './environment-meaning.ts'
import { type SettingName, settingNames } from './setting-names.ts'

export type FoundSetting = {
  /** In the language of the page, or the name of a variable. */
  text: string
  href: string
  /** There is none on a server whose database makes its own backups. */
  ofSqlite?: boolean
}

const ofSqlite: readonly SettingName[] = ['backupHour', 'backupsKept']

/** The id of the element on the settings page in which a setting is; `name` is that of the API or of the variable. */
export function settingPlaceId(name: string): string {
  return `setting-${name}`
}

/**
 * The settings that have each word of `text` in their names, in any language of the console or as the API and the environment call
 * them; then variables that have it in what they mean.
 */
export function settingsNamed(text: string): FoundSetting[] {
  const words = wordsOf(text)
  const matches = (...texts: readonly string[]) =>
    texts.some((each) => {
      const searched = wordsOf(each).join(' ')
      return words.every((word) => searched.includes(word))
    })
  const changeable = (Object.keys(settingNames) as SettingName[])
    .filter((name) => matches(name, ...inEveryLocale(settingNames[name])))
    .map((name) => ({
      text: settingNames[name](),
      href: hrefOf(name),
      ...(ofSqlite.includes(name) && { ofSqlite: true }),
    }))
  const provider = matches(...inEveryLocale(m.settings_provider))
    ? [{ text: m.settings_provider(), href: '/settings/provider' }]
    : []
  const named = environmentNames.filter((name) => matches(name))
  const meant = environmentNames.filter(
    (name) => !named.includes(name) && matches(...inEveryLocale(() => environmentMeaning(name) ?? '')),
  )
  const variables = [...named, ...meant].map((name) => ({ text: name, href: hrefOf(name) }))
  return [...changeable, ...provider, ...variables]
}

const hrefOf = (name: string) => `/settings#${settingPlaceId(name)}`

/** `LATCHKEY_LOG_RETENTION_DAYS` is found as "log retention", too. */
function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s_]+/)
    .filter((word) => word !== '')
}
