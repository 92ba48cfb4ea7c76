import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withDirectMessages, withoutOptions } from './direct-messages.ts'

test('a module imports the messages that it names, each once', () => {
  const code = `import { a } from './a.js';
import { m } from "#lib/paraglide/messages.js";
const lists = [m.nav_keys, m.nav_logs(), \`\${m.nav_keys()}\`];
a.m.nav_keys(form.max, 'm.nav_none');`
  expect(withDirectMessages(code)).toBe(`import { a } from './a.js';
import { nav_keys as m_nav_keys } from '#lib/paraglide/messages/nav_keys.js';
import { nav_logs as m_nav_logs } from '#lib/paraglide/messages/nav_logs.js';
const lists = [m_nav_keys, m_nav_logs(), \`\${m_nav_keys()}\`];
a.m.nav_keys(form.max, 'm.nav_none');`)
})

test('a name that is only known when it runs is refused', () => {
  const code = 'import { m } from "#lib/paraglide/messages.js"; m[name]()'
  expect(() => withDirectMessages(code)).toThrow('Name each message')
})

test('a module without messages stays as it is', () => {
  const code = 'import { m } from "./metres.js"; m.length'
  expect(withDirectMessages(code)).toBe(code)
})

test('every message of paraglide has the form that is made shorter', () => {
  const folder = new URL('./src/lib/paraglide/messages/', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.js') && name !== '_index.js')
  expect(files.length).toBeGreaterThan(1_000)
  for (const name of files) {
    const short = withoutOptions(readFileSync(new URL(name, folder), 'utf8'))
    expect(short).toMatch(
      /export const \w+ = \(inputs(?: = \{\})?\) => getLocale\(\) === 'en' \? en_\w+\(inputs\) : zh_cn2_\w+\(inputs\)/,
    )
    expect(short).not.toContain('options.locale')
  }
})
