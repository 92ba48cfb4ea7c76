import { expect, it } from 'vitest'
import { settingsNamed } from './find-settings.ts'

it.each([
  ['idle sessions', '/settings#setting-sessionIdleMinutes'],
  ['会话空闲', '/settings#setting-sessionIdleMinutes'],
  ['SESSIONIDLE', '/settings#setting-sessionIdleMinutes'],
  ['expiry', '/settings#setting-defaultExpiryDays'],
  ['sign-in provider', '/settings/provider'],
  ['LATCHKEY_PORT', '/settings#setting-LATCHKEY_PORT'],
  ['log retention', '/settings#setting-LATCHKEY_LOG_RETENTION_DAYS'],
])('finds the setting that %j names', (text, href) => {
  expect(settingsNamed(text)[0]?.href).toBe(href)
})

it('shows a name in the language of the page, and finds a variable by what it means', () => {
  expect(settingsNamed('会话空闲')[0]?.text).toBe('Idle sessions end after (minutes)')
  expect(settingsNamed('proxies in front').map(({ text }) => text)).toContain('LATCHKEY_TRUSTED_PROXIES')
  expect(settingsNamed('no such setting')).toEqual([])
})

it('says which settings a server has only with SQLite', () => {
  expect(settingsNamed('backup').filter(({ ofSqlite }) => ofSqlite)).toHaveLength(2)
})
