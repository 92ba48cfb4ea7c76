import { expect, test } from 'vitest'
import { SplitSecrets } from './split-secrets.ts'

const SECRET = 'legacy/application"secret-0123456789'
const forms = [SECRET, JSON.stringify(SECRET).slice(1, -1)]
const event = (member: string, text: string) =>
  `data: {"choices":[{"delta":${JSON.stringify({ [member]: text })}}]}\n\n`

function masked(body: string, chunkBytes: number, finish = true): string {
  const whole = Buffer.from(body)
  const split = new SplitSecrets(forms)
  for (let end = chunkBytes; end < whole.length; end += chunkBytes) split.scan(whole.subarray(0, end))
  split.scan(whole)
  if (finish) split.finish(whole)
  return whole.toString()
}

test.for([1, 2, 3, 7, SECRET.length])(
  'a secret in pieces of %i characters is masked, whatever the chunks',
  (size) => {
    const pieces = SECRET.match(new RegExp(`.{1,${size}}`, 'gs')) ?? []
    const body = ['before ', ...pieces, ' behind'].map((piece) => event('content', piece)).join('')
    for (const chunkBytes of [1, 10, 1_000_000]) {
      const text = masked(body, chunkBytes)
      expect(text).toHaveLength(body.length)
      const said = [...text.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(([, json]) =>
        JSON.parse(json ?? '""'),
      )
      expect(said.join('')).toMatch(/^before \*+ behind$/)
    }
  },
)

test('members are texts of their own', () => {
  const [a, b] = [SECRET.slice(0, 10), SECRET.slice(10)]
  const body = event('content', a) + event('reasoning', 'thinking') + event('content', b)
  const text = masked(body, 5)
  expect(text).toContain('thinking')
  expect(text).not.toContain('legacy')
  expect(text).not.toContain('0123456789')
})

test('the beginning of a secret at the end of what is kept is masked, a word is not', () => {
  const shortened = event('content', SECRET.slice(0, 5)) + event('content', SECRET.slice(5, 20))
  expect(masked(shortened, 50, false)).toContain('legac')
  expect(masked(shortened, 50)).not.toContain('legac')
  const word = event('content', 'my legacy')
  expect(masked(word, 50)).toBe(word)
})
