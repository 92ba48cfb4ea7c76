// A plugin for Vite. Each message of the console is a module, but `m` of paraglide's messages.js names them all, so a bundler put
// all of them, in both languages, beside what every screen loads. And each takes options that the console never gives, which are most of
// the code of a short text.
import type { Plugin } from 'vite'

const IMPORT = /import\s*\{\s*m\s*\}\s*from\s*["']([^"']*paraglide\/messages)\.js["'];?/
const USE = /(?<![\w$.'"`])m\.(\w+)/g
const MESSAGE = /[\\/]paraglide[\\/]messages[\\/](?!_index)\w+\.js$/
const CHOICE =
  /export const (\w+) = \((inputs(?: = \{\})?), options = \{\}\) => \{[\s\S]*?if \(locale === "en"\) return (\w+)\(inputs\)\s+return (\w+)\(inputs\)\s*\};?/
const OTHER_USE = /(?<![\w$.'"`])m\[/

/** In a build, each module that imports `m` imports the messages that it names, and no other. */
export function directMessages(): Plugin {
  return {
    name: 'latchkey:direct-messages',
    apply: 'build',
    // After Svelte and TypeScript have become JavaScript.
    enforce: 'post',
    transform(code, id) {
      if (MESSAGE.test(id)) return { code: withoutOptions(code), map: null }
      return IMPORT.test(code) ? { code: withDirectMessages(code), map: null } : null
    },
  }
}

/**
 * The code of a module with `m.some_text` as an import of that message alone; unchanged where it does not import `m`. A name
 * that is no message fails the build, since its module is not there. Throws an Error where `m` is used in another way.
 */
export function withDirectMessages(code: string): string {
  const [statement, folder] = IMPORT.exec(code) ?? []
  if (statement === undefined) return code
  const names = new Set([...code.matchAll(USE)].map(([, name]) => name))
  if (OTHER_USE.test(code.replace(statement, '')))
    throw new Error('Name each message, as `m.some_text`: no `m[…]`')
  const imports = [...names].map((name) => `import { ${name} as m_${name} } from '${folder}/${name}.js';`)
  return code.replace(statement, () => imports.join('\n')).replace(USE, 'm_$1')
}

/**
 * The code of a message that is in the language of the page, whatever else it could be asked for. Throws an Error where paraglide has
 * written it in another form: a build says so, as no test can that reads what other processes compile anew.
 */
export function withoutOptions(code: string): string {
  if (!CHOICE.test(code))
    throw new Error(`paraglide writes messages in another form than is known here:\n${code}`)
  return code.replace(
    CHOICE,
    (_, name, inputs, english, chinese) =>
      `export const ${name} = (${inputs}) => getLocale() === 'en' ? ${english}(inputs) : ${chinese}(inputs)`,
  )
}
