import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const room = fileURLToPath(new URL('..', import.meta.url))
const english = messages('en')
const chinese = messages('zh-CN')

it('says everything in both languages, with the same blanks to fill', () => {
  expect(blanks(chinese)).toEqual(blanks(english))
})

it('holds no message that no screen shows', () => {
  const files = globSync('src/**/*.{ts,svelte}', { cwd: room }).filter((file) => !file.includes('paraglide'))
  const sources = files.map((file) => readFileSync(room + file, 'utf8')).join('\n')
  const used = new Set(sources.match(/\bm\.\w+/g)?.map((name) => name.slice(2)))
  expect(Object.keys(english).filter((name) => !used.has(name))).toEqual([])
})

function messages(locale: string): Record<string, string> {
  const { $schema, ...texts } = JSON.parse(readFileSync(`${room}messages/${locale}.json`, 'utf8'))
  return texts
}

function blanks(texts: Record<string, string>): Record<string, string[]> {
  const pairs = Object.entries(texts).map(([name, text]) => [name, text.match(/\{\w+\}/g)?.sort() ?? []])
  return Object.fromEntries(pairs)
}
