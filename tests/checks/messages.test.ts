import { describe, expect, test } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'

type Messages = Record<string, unknown>

describe("the console's messages", () => {
  const english = readMessages('en')
  const chinese = readMessages('zh-CN')

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

  test('exist wherever the console uses one', () => {
    const used = repositoryFiles('console/src').flatMap((file) =>
      usedKeys(repositoryText(file)).map((key) => ({ key, place: `${file}: ${key}` })),
    )
    expect(used.length, 'the console uses no message at all').toBeGreaterThan(0)
    expect(used.filter(({ key }) => !(key in english)).map(({ place }) => place)).toEqual([])
  })

  test('are each shown somewhere', () => {
    const used = new Set(repositoryFiles('console/src').flatMap((file) => usedKeys(repositoryText(file))))
    expect(Object.keys(english).filter((key) => !used.has(key))).toEqual([])
  })
})

function readMessages(locale: string): Messages {
  const parsed: unknown = JSON.parse(repositoryText(`console/messages/${locale}.json`))
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`${locale}.json holds no object`)
  return Object.fromEntries(Object.entries(parsed).filter(([key]) => key !== '$schema'))
}

// A message with plural forms is a list of variants.
function textOf(message: unknown): string {
  return typeof message === 'string' ? message : Array.isArray(message) ? JSON.stringify(message) : ''
}

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
