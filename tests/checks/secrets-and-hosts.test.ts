import { describe, expect, test } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'

type Rule = { what: string; pattern: RegExp; match: string; pass: string }

// Put together from pieces, so that this file does not break its own rules.
const slash = '/'
const todo = 'TO' + 'DO'
const fixme = 'FIX' + 'ME'
const keyMark = `PRIVATE${' '}KEY`
const start = String.raw`(?<![\w.~@%$}/-])`
const registries = ['registry', 'npm', 'pypi', 'artifactory', 'nexus', 'verdaccio', 'deb', 'proxy.golang']

const rules: Rule[] = [
  {
    what: "the path of a developer's machine",
    pattern: new RegExp(`${start}(?:${slash}(?:work|root)${slash}|${slash}(?:home|Users)${slash}[\\w.-]+)`),
    match: `cd ${slash}home${slash}ada${slash}latchkey`,
    pass: `https:${slash}${slash}example.com${slash}work${slash}home`,
  },
  {
    what: 'the host of a package registry, which is for the package client to know',
    pattern: new RegExp(
      `(?:${slash}${slash}|\\b)(?:${registries.join('|').replaceAll('.', '\\.')})\\.(?:[\\w-]+\\.)+[a-z]{2,}\\b`,
    ),
    match: `https:${slash}${slash}${registries[0]}.npm` + `js.org${slash}latchkey`,
    pass: `https:${slash}${slash}www.example.org${slash}package${slash}latchkey`,
  },
  {
    what: `a ${todo} without an issue; write ${todo}(#12)`,
    pattern: new RegExp(`\\b(?:${todo}|${fixme})\\b(?! ?\\(#\\d+\\))`),
    match: `// ${fixme}: later`,
    pass: `// ${todo}(#12): later`,
  },
  {
    what: 'a private key',
    pattern: new RegExp(`-----BEGIN (?:[A-Z]+ )*${keyMark}`),
    match: `-----BEGIN RSA ${keyMark}-----`,
    pass: '-----BEGIN CERTIFICATE-----',
  },
]

describe.each(rules)('no file holds $what', ({ pattern, match, pass }) => {
  test('in this repository', () => {
    const findings = repositoryFiles().flatMap((file) => findingsIn(file, pattern))
    expect(findings.length, `\n${findings.join('\n')}\n`).toBe(0)
  })

  test('and the rule sees what it should, and no more', () => {
    expect(match).toMatch(pattern)
    expect(pass).not.toMatch(pattern)
  })
})

function findingsIn(file: string, pattern: RegExp): string[] {
  const text = repositoryText(file)
  // A picture or a font.
  if (text.includes('\0')) return []
  return text
    .split('\n')
    .flatMap((line, at) => (pattern.test(line) ? `${file}:${at + 1}: ${line.trim()}` : []))
}
