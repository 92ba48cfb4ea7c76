import { SETTINGS } from '@latchkey/server/app/settings/environment-settings.ts'
import { describe, expect, test } from 'vitest'
import { repositoryText } from '../support/run/repository.ts'

const fence = /^ {0,3}(```|~~~)[^\n]*\n[\s\S]*?^ {0,3}\1[^\n]*$/gm

const languages = [
  { file: 'README.md', other: 'README.zh-CN.md' },
  { file: 'README.zh-CN.md', other: 'README.md' },
]

describe.each(['', 'sdk/'])('the two READMEs of /%s', (folder) => {
  test('are built alike: the same headings at the same levels', () => {
    const [levels, otherLevels] = languages.map(({ file }) => {
      const prose = repositoryText(folder + file).replaceAll(fence, '')
      return [...prose.matchAll(/^(#{1,6}) /gm)].map(([, marks]) => marks)
    })
    expect(levels, 'README.md has no headings').not.toEqual([])
    expect(otherLevels).toEqual(levels)
  })

  test('show the same code', () => {
    const [blocks, otherBlocks] = languages.map(
      ({ file }) => repositoryText(folder + file).match(fence) ?? [],
    )
    expect(otherBlocks).toEqual(blocks)
  })

  test.each(languages)('$file leads to $other in its first lines', ({ file, other }) => {
    expect(
      repositoryText(folder + file)
        .split('\n')
        .slice(0, 15)
        .join('\n'),
    ).toContain(`](${other})`)
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
