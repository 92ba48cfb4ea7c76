// What a text in Markdown may become, and that nobody's text becomes more, or takes the page's time.
import { describe, expect, test } from 'vitest'
import {
  growMarkdown,
  type MarkdownNode,
  type MarkdownText,
  nothingRead,
  readMarkdown,
} from './markdown-tree.ts'

const nodesOf = ({ blocks }: MarkdownText) => blocks.flatMap(({ nodes }) => nodes)

/** Short to read: `p(text, strong(text))`, with what a kind has beside its children. */
function written(node: MarkdownNode): string {
  switch (node.kind) {
    case 'text':
      return JSON.stringify(node.text)
    case 'code':
      return `code:${node.language}(${JSON.stringify(node.text)})`
    case 'break':
    case 'rule':
      return node.kind
    case 'heading':
      return `h${node.level}/${node.size}(${node.children.map(written)})`
    case 'link':
      return `link:${node.href}(${node.children.map(written)})`
    case 'table':
      return `table(${node.children.map(written)})`
    case 'element':
      return `${node.tag}${node.align ? `:${node.align}` : ''}${node.start ?? ''}(${node.children.map(written)})`
  }
}
const tree = (text: string) => nodesOf(readMarkdown(text)).map(written)

function depthOf(nodes: readonly MarkdownNode[]): number {
  return nodes.reduce(
    (most, node) => Math.max(most, 1 + ('children' in node ? depthOf(node.children) : 0)),
    0,
  )
}

describe('a text in Markdown', () => {
  test.each([
    ['# A *b*', ['h1/1("A ",em("b"))']],
    // A level that is left out would be missed by a screen reader.
    ['### A\n\n###### B\n\n# C', ['h1/3("A")', 'h2/6("B")', 'h1/1("C")']],
    ['one\ntwo', ['p("one",break,"two")']],
    ['- a\n- b **c**', ['ul(li(p("a")),li(p("b ",strong("c"))))']],
    ['- [x] a\n- [ ] b [x] c', ['ul(li(p("☑ a")),li(p("☐ b [x] c")))']],
    ['3. a\n\n   b', ['ol3(li(p("a"),p("b")))']],
    ['> ~~a~~ `b < c`', ['blockquote(p(s("a")," ",code("b < c")))']],
    ['```js title=x\nif (a < b) go()\n```', ['code:js("if (a < b) go()")']],
    ['```\nnot yet ended', ['code:("not yet ended")']],
    [
      '| a | b |\n|:-:|--:|\n| 1 | 2 |',
      ['table(thead(tr(th:center("a"),th:right("b"))),tbody(tr(td:center("1"),td:right("2"))))'],
    ],
    ['---', ['rule']],
    ['[a](https://a.example/b?c=d)', ['p(link:https://a.example/b?c=d("a"))']],
    ['see https://a.example/b.', ['p("see ",link:https://a.example/b("https://a.example/b"),".")']],
    ['<mailto:a@b.example>', ['p(link:mailto:a@b.example("mailto:a@b.example"))']],
    ['[a][1]\n\n[1]: https://a.example', ['p(link:https://a.example("a"))']],
  ])('%j', (text, expected) => {
    expect(tree(text)).toEqual(expected)
  })

  test.each([
    '[a](javascript:alert(1))',
    '[a](JaVaScRiPt:alert(1))',
    '[a](java&#115;cript:alert(1))',
    '[a](data:text/html;base64,PHNjcmlwdD4=)',
    '[a](vbscript:x)',
    '[a](file:///etc/passwd)',
    '[a](//evil.example/x)',
    '[a](/admin/logout)',
    '<javascript:alert(1)>',
    '[a][1]\n\n[1]: javascript:alert(1)',
    '//evil.example javascript:alert(1)',
  ])('makes no link of %j', (text) => {
    expect(JSON.stringify(tree(text))).not.toContain('link:')
  })

  test.each([
    '<script>alert(1)</script>',
    'a <img src=x onerror=alert(1)> b',
    '<svg/onload=alert(1)>',
    '<iframe src="https://evil.example"></iframe>',
    '<a href="https://evil.example" onclick="x()">a</a>',
    '<!-- a -->',
    '<style>*{display:none}</style>',
  ])('leaves %j the text that it is', (text) => {
    const shown = nodesOf(readMarkdown(text))
    const texts = JSON.stringify(shown)
    expect(shown.map(({ kind }) => kind)).toEqual(['element'])
    expect(texts).toContain('<')
    expect(texts).not.toMatch(/"tag":"(?!p")/)
  })

  test('links to a picture and does not load it', () => {
    expect(tree('![a *b*](https://evil.example/pixel.png "t")')).toEqual([
      'p(link:https://evil.example/pixel.png("a *b*"))',
    ])
    expect(tree('![](https://evil.example/p)')).toEqual([
      'p(link:https://evil.example/p("https://evil.example/p"))',
    ])
    expect(JSON.stringify(tree('![a](javascript:x)'))).not.toContain('link:')
  })
})

describe('bounds', () => {
  const most = 100_000
  const times = (text: string, length = most) => text.repeat(Math.ceil(length / text.length))

  // Each of these takes some parser of Markdown a stack that is too deep, or time by the square of its length.
  test.each([
    '>',
    '> ',
    '> - ',
    '[',
    '![',
    '[a](',
    '*a ',
    '**a ',
    '_a',
    '~~a ',
    '`',
    '- ',
    '&amp',
    'http://',
    '//a.b/',
    'a@',
  ])('%j over and over', (text) => {
    const { blocks, remainder } = readMarkdown(times(text))
    expect(blocks.length + remainder.length).toBeGreaterThan(0)
    expect(depthOf(blocks.flatMap(({ nodes }) => nodes))).toBeLessThanOrEqual(110)
  })

  test('of a text of a megabyte, reads the beginning and keeps the end as it is', () => {
    const text = times('Some *words*, and `code`.\n\n', 1_000_000)
    const { blocks, remainder } = readMarkdown(text)
    const size = blocks.reduce((total, block) => total + block.size, 0)
    expect(size).toBeGreaterThan(9_000)
    expect(size).toBeLessThanOrEqual(10_000)
    expect(text.endsWith(remainder)).toBe(true)
    expect(remainder).toMatch(/^Some \*words\*/)
    // One line, and no line break where reading could end.
    const line = readMarkdown('a'.repeat(1_000_000))
    expect([line.blocks.length, line.remainder.length]).toEqual([0, 1_000_000])
    // A table alone is more than a page can show.
    expect(readMarkdown(`|a|b|\n|-|-|\n${times('|a|b|\n')}`).blocks).toEqual([])
  })
})

describe('a text that grows', () => {
  const text = [
    '# Title\n\nA paragraph of\ntwo **bold** lines.\n\n## Part\n\n- a\n- b\n  - c [1] d\n    - e\n\n  more of b\n\n1. one\n2. **two**: *it*\n',
    '```js\nconst a = 1\n\nconst b = 2 ** 3\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nText:\n\n---\n\n#### Deep\r\n\r\nSee',
    ' [the **guide**](https://a.example/b_c?d=e "f") and ![p](https://a.example/p.png), `code **` and ~~old~~ text\n',
  ].join('\n')
  const lengths = Array.from({ length: text.length + 1 }, (_, length) => length)

  test('is the same, however it has come', () => {
    let grown = nothingRead
    for (const length of lengths) {
      grown = growMarkdown(grown, text.slice(0, length))
      expect(nodesOf(grown)).toEqual(nodesOf(growMarkdown(nothingRead, text.slice(0, length))))
    }
    expect(nodesOf(grown)).toEqual(nodesOf(readMarkdown(text)))
  })

  test('changes nothing of what it has shown into something else', () => {
    const kindsOf = (nodes: readonly MarkdownNode[], path = ''): [string, string][] =>
      nodes.flatMap((node, at): [string, string][] => [
        [`${path}/${at}`, node.kind === 'element' ? node.tag : node.kind],
        ...('children' in node ? kindsOf(node.children, `${path}/${at}`) : []),
      ])
    const last = new Map(kindsOf(nodesOf(readMarkdown(text))))
    const changed = lengths.flatMap((length) => {
      const part = text.slice(0, length)
      return kindsOf(nodesOf(growMarkdown(nothingRead, part)))
        .filter(([path, kind]) => last.get(path) !== kind)
        .map((change) => [part.slice(-20), ...change])
    })
    expect(changed).toEqual([])
  })

  test('keeps the blocks that have ended, and begins anew with another text', () => {
    const before = readMarkdown('one\n\ntwo\n\nthr')
    const after = growMarkdown(before, 'one\n\ntwo\n\nthree')
    expect(after.blocks.slice(0, 2).map((block, at) => block === before.blocks[at])).toEqual([true, true])
    expect(after.blocks[2]).not.toBe(before.blocks[2])
    expect(nodesOf(growMarkdown(after, '# other')).map(written)).toEqual(['h1/1("other")'])
  })
})
