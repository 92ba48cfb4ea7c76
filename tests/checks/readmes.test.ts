import { posix } from 'node:path'
import { SETTINGS } from '@latchkey/server/app/settings/environment-settings.ts'
import { describe, expect, test } from 'vitest'
import { repositoryFiles, repositoryText } from '../support/run/repository.ts'

const fence = /^ {0,3}(```|~~~)[^\n]*\n[\s\S]*?^ {0,3}\1[^\n]*$/gm

/** Every document that has a Chinese version, without its ending. */
const translated = repositoryFiles('*.zh-CN.md').map((file) => file.replace(/\.zh-CN\.md$/, ''))

test('the READMEs of the product and of the SDK have a Chinese version', () => {
  expect(translated).toEqual(expect.arrayContaining(['README', 'sdk/README']))
})

describe.each(translated)('%s.md and its Chinese version', (page) => {
  const [english, chinese] = [`${page}.md`, `${page}.zh-CN.md`]

  test('are built alike: the same headings at the same levels', () => {
    const [levels, otherLevels] = [english, chinese].map((file) => {
      const prose = repositoryText(file).replaceAll(fence, '')
      return [...prose.matchAll(/^(#{1,6}) /gm)].map(([, marks]) => marks)
    })
    expect(levels, `${english} has no headings`).not.toEqual([])
    expect(otherLevels).toEqual(levels)
  })

  test('show the same code', () => {
    const [blocks, otherBlocks] = [english, chinese].map((file) => repositoryText(file).match(fence) ?? [])
    expect(otherBlocks).toEqual(blocks)
  })

  test.each([
    { file: english, other: chinese },
    { file: chinese, other: english },
  ])('$file leads to $other in its first lines', ({ file, other }) => {
    expect(repositoryText(file).split('\n').slice(0, 15).join('\n')).toContain(`](${posix.basename(other)})`)
  })
})

describe('the two READMEs', () => {
  test.each(Object.entries(SETTINGS))(
    'name the setting %s, its default and what it means',
    (name, setting) => {
      const secret = setting.secret ? ' (secret)' : ''
      const fallback = setting.default === null ? ' ' : ` \`${setting.default}\` `
      expect(repositoryText('README.md')).toContain(`| \`${name}\`${secret} |${fallback}| ${setting.meaning}`)
      expect(repositoryText('README.zh-CN.md')).toContain(
        `| \`${name}\`${setting.secret ? '（机密）' : ''} |${fallback}| `,
      )
    },
  )
})
