import { posix } from 'node:path'
import { SETTINGS } from '@latchkey/server/app/settings/environment-settings.ts'
import { AUDIT_ACTIONS } from '@latchkey/server/domain/audit/audit-event.ts'
import { ERROR_CATALOGUE } from '@latchkey/server/domain/error-catalogue.ts'
import { LOG_CODES, NUMBERED_CODES } from '@latchkey/server/domain/logs/log-codes.ts'
import { describe, expect, test } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'

type Messages = Record<string, unknown>

describe("the console's messages", () => {
  const areas = readAreas()
  const english = readMessages('en', areas)
  const chinese = readMessages('zh-CN', areas)

  test('stand in files that the compiler reads, one for each area and language', () => {
    expect(areas).toEqual([...areas].sort())
    for (const locale of ['en', 'zh-CN']) {
      const files = repositoryFiles(`console/messages/${locale}`).map((file) => posix.basename(file, '.json'))
      expect(files.sort(), locale).toEqual(areas)
    }
  })

  test('stand each in one area, the same in both languages', () => {
    expect(keysOfSeveralAreas('en', areas)).toEqual([])
    for (const area of areas)
      expect(Object.keys(readArea('zh-CN', area)).sort(), area).toEqual(
        Object.keys(readArea('en', area)).sort(),
      )
  })

  test('are there in both languages', () => {
    expect(Object.keys(english).length).toBeGreaterThan(0)
    expect(Object.keys(chinese).sort()).toEqual(Object.keys(english).sort())
  })

  test.each([
    ['en', english],
    ['zh-CN', chinese],
  ])('all say something in %s', (_, messages) => {
    const empty = Object.keys(messages).filter((key) => textOf(messages[key]).trim() === '')
    expect(empty).toEqual([])
  })

  test('name the same values in both languages', () => {
    const different = Object.keys(english).filter(
      (key) => String(placeholders(english[key])) !== String(placeholders(chinese[key])),
    )
    expect(different).toEqual([])
  })

  test('have a singular in English wherever a number may be 1', () => {
    const counted =
      /\{(\w+)\} (?:alert|attempt|call|character|day|entr|event|field|finding|hour|item|key|minute|model|network|owner|permission|place|recipient|record|request|row|second|time|token)(?:s|ies)\b/g
    const plain = Object.keys(english).flatMap((key) => {
      const message = JSON.stringify(english[key])
      return [...message.matchAll(counted)]
        .filter(([, name]) => !new RegExp(`= (?:${name}|count): plural"`).test(message))
        .filter(() => !ALWAYS_SEVERAL.has(key))
        .map(([text]) => `${key}: ${text}`)
    })
    expect(plain).toEqual([])
    expect([...ALWAYS_SEVERAL].filter((key) => !(key in english))).toEqual([])
  })

  test('exist wherever the console uses one', () => {
    const used = repositoryFiles('console/src').flatMap((file) =>
      usedKeys(repositoryText(file)).map((key) => ({ key, place: `${file}: ${key}` })),
    )
    expect(used.length, 'the console uses no message at all').toBeGreaterThan(0)
    expect(used.filter(({ key }) => !(key in english)).map(({ place }) => place)).toEqual([])
  })

  test('say of every error of a call why it happened', () => {
    const codes = [...Object.keys(ERROR_CATALOGUE), ...NUMBERED_CODES]
    expect(codes).toContain('budget_exhausted')
    const texts = repositoryText('console/src/lib/errors/call-error-text.ts')
    expect(codes.filter((code) => !texts.includes(`  ${code}: m.`))).toEqual([])
    expect(LOG_CODES.filter((code) => !texts.includes(`  ['${code}', m.`))).toEqual([])
  })

  test.each([
    ['UpstreamTestCode', ['lib/upstreams/test-finding-text.ts', 'lib/errors/connection-fault-text.ts']],
    [
      'AlertDeliveryErrorCode',
      ['routes/(console)/alerts/delivery-error.ts', 'lib/errors/connection-fault-text.ts'],
    ],
    ['FindingCode', ['lib/findings/finding-words.ts']],
    ['RuleWindow', ['lib/policy/policy-text.ts']],
    ['AlertKind', ['routes/(console)/alerts/rule-words.ts']],
    ['TransportReason', ['lib/logs/record/path/failure-text.ts']],
    ['AttemptFailure', ['lib/logs/record/path/failure-text.ts']],
    ['BackupFailureCode', ['routes/(console)/backup/backup-failure-text.ts']],
    ['SsoFault', ['lib/sign-in/sso.ts']],
    ['SsoTestCode', ['routes/(console)/settings/provider/sso-test-text.ts']],
    ['UserErrorCode', ['lib/error-text.ts']],
  ])('say what each %s of the API means', (name, files) => {
    const members = enumMembers(name)
    expect(members.length).toBeGreaterThan(1)
    const texts = files.map((file) => repositoryText(`console/src/${file}`)).join('\n')
    expect(members.filter((member) => !new RegExp(`^ +(?:case ')?${member}\\b'?:`, 'm').test(texts))).toEqual(
      [],
    )
  })

  test('name every action of the audit trail', () => {
    const texts = repositoryText('console/src/lib/audit/action-text.ts')
    expect(AUDIT_ACTIONS.length).toBeGreaterThan(1)
    expect(AUDIT_ACTIONS.filter((action) => !texts.includes(`  '${action}': m.`))).toEqual([])
  })

  test.each(Object.entries(SETTINGS))('say of the setting %s what the READMEs do', (name, { meaning }) => {
    const key = `environment_${name.toLowerCase()}`
    expect(textOf(english[key])).toBe(meaning)
    expect(repositoryText('README.zh-CN.md')).toContain(`| ${textOf(chinese[key])} |`)
    const shown = repositoryText('console/src/lib/settings/environment-meaning.ts')
    expect(shown).toContain(`  ${name}: m.${key},`)
  })

  test('are each shown somewhere', () => {
    const used = new Set(repositoryFiles('console/src').flatMap((file) => usedKeys(repositoryText(file))))
    expect(Object.keys(english).filter((key) => !used.has(key))).toEqual([])
  })
})

/** The members of an enum of the API. */
function enumMembers(name: string): string[] {
  const schema = repositoryText('sdk/schema.graphql')
  const body = new RegExp(`^enum ${name} \\{([^}]*)\\}`, 'm').exec(schema)?.[1] ?? ''
  return [...body.matchAll(/^ {2}([A-Z][A-Z0-9_]*)$/gm)].map(([, member = '']) => member)
}

/** The areas that the settings of the compiler name: it reads no other file. */
function readAreas(): string[] {
  const settings: unknown = JSON.parse(repositoryText('console/project.inlang/settings.json'))
  const patterns = [...JSON.stringify(settings).matchAll(/"\.\/messages\/\{locale\}\/([\w-]+)\.json"/g)]
  return patterns.map(([, area = '']) => area)
}

function readArea(locale: string, area: string): Messages {
  const file = `console/messages/${locale}/${area}.json`
  const parsed: unknown = JSON.parse(repositoryText(file))
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`${file} holds no object`)
  return Object.fromEntries(Object.entries(parsed).filter(([key]) => key !== '$schema'))
}

function readMessages(locale: string, areas: readonly string[]): Messages {
  return Object.assign({}, ...areas.map((area) => readArea(locale, area)))
}

/** A key that stands twice would show the text of whichever file is read last. */
function keysOfSeveralAreas(locale: string, areas: readonly string[]): string[] {
  const places = new Map<string, string[]>()
  for (const area of areas)
    for (const key of Object.keys(readArea(locale, area))) places.set(key, [...(places.get(key) ?? []), area])
  return [...places]
    .filter(([, found]) => found.length > 1)
    .map(([key, found]) => `${key}: ${found.join(', ')}`)
}

// A message with plural forms is a list of variants.
function textOf(message: unknown): string {
  return typeof message === 'string' ? message : Array.isArray(message) ? JSON.stringify(message) : ''
}

/** Messages whose number is never 1: bounds of the product, and messages that are shown for two and more. */
const ALWAYS_SEVERAL: ReadonlySet<string> = new Set([
  'address_shortened',
  'bulk_too_many',
  'invalid_items',
  'invalid_length',
  'logs_full',
  'playground_shortened',
  'policy_concurrency_sentence',
])

function placeholders(message: unknown): string[] {
  // Languages have different plural forms, and a form may do without the number: what counts is what the message declares.
  const named =
    typeof message === 'string'
      ? message.matchAll(/\{(\w+)\}/g)
      : JSON.stringify(message).matchAll(/"input (\w+)"/g)
  return [...new Set([...named].map(([, name = '']) => name))].sort()
}

function usedKeys(text: string): string[] {
  if (!/import \{[^}]*\bm\b[^}]*\} from '[^']*paraglide\/messages/.test(text)) return []
  return [...text.matchAll(/(?<![\w.])m(?:\.(\w+)|\['([^']+)'\])/g)].map(
    ([, name, quoted]) => name ?? quoted ?? '',
  )
}
