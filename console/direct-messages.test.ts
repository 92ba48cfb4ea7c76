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

/** As paraglide writes it, without its comments. */
const message = (inputs: string) => `import { getLocale, trackMessageCall } from '../runtime.js';
const en_count = (i) => { return ('alerts: ' + i?.count) };
const zh_cn2_count = (i) => { return ('告警：' + i?.count) };
export const count = (${inputs}, options = {}) => {
	if (experimentalMiddlewareLocaleSplitting && isServer === false) {
		return (globalThis).__paraglide_ssr.count(inputs)
	}
	const locale = experimentalStaticLocale ?? options.locale ?? getLocale()
	trackMessageCall("count", locale)
	if (locale === "en") return en_count(inputs)
	return zh_cn2_count(inputs)
};`

test.for(['inputs', 'inputs = {}'])(
  'a message that takes %s loses the options that it takes beside them',
  (inputs) => {
    const short = withoutOptions(message(inputs))
    expect(short).toContain(
      `export const count = (${inputs}) => getLocale() === 'en' ? en_count(inputs) : zh_cn2_count(inputs)`,
    )
    expect(short).toContain('告警')
    expect(short).not.toContain('options')
  },
)

test('a message in another form fails the build', () => {
  expect(() => withoutOptions('export const count = () => 1')).toThrow('another form')
})
