// Markdown that somebody else has written, as a tree of the few things that it may show: no HTML, and nothing that is loaded.
import MarkdownIt, { type Token } from 'markdown-it'
import { withSteadyEnd } from './unfinished-end.ts'

/** Elements without a member of their own but `align` and `start`. */
const plainTags = [
  ...(['p', 'blockquote', 'ul', 'ol', 'li', 'strong', 'em', 's', 'code'] as const),
  ...(['thead', 'tbody', 'tr', 'th', 'td'] as const),
]
type PlainTag = (typeof plainTags)[number]

export type MarkdownNode =
  | { kind: 'text'; text: string }
  | { kind: 'element'; tag: PlainTag; align: string | null; start: number | null; children: MarkdownNode[] }
  /** `level` leaves out none, whatever `size` its author chose: 1 to 3 and 1 to 6. */
  | { kind: 'heading'; level: number; size: number; children: MarkdownNode[] }
  | { kind: 'table'; children: MarkdownNode[] }
  /** `href` is of http, https or mailto. */
  | { kind: 'link'; href: string; children: MarkdownNode[] }
  /** A block of code; `language` as its author named it, or empty. */
  | { kind: 'code'; language: string; text: string }
  | { kind: 'break' }
  | { kind: 'rule' }

/** What stands on its own between others, such as a paragraph or a whole list. */
type Block = {
  /** Where in the text it begins. */
  start: number
  /** How many tokens it is made of. */
  size: number
  headingBefore: number
  nodes: MarkdownNode[]
}

/** `remainder` is the end of the text where there is more of it than is read: it is shown as it is. */
export type MarkdownText = { text: string; blocks: readonly Block[]; remainder: string }

export const nothingRead: MarkdownText = { text: '', blocks: [], remainder: '' }

// A long response has 40,000 characters. Of these, the worst that were tried take the parser a second (tests beside this file).
const charsMax = 100_000
// What a browser draws without stalling; 100,000 characters of an ordinary text have about 5,000.
const tokensMax = 10_000

const parser = createParser()

/** Reads a whole text of any length. Never throws. */
export function readMarkdown(text: string): MarkdownText {
  return read(nothingRead, text, true)
}

/**
 * Reads a text of which more is to come, and of which `before` was the beginning. Blocks that cannot change any more are the same objects
 * as before, and not read again. A link by reference is text until `readMarkdown` reads the whole.
 */
export function growMarkdown(before: MarkdownText, text: string): MarkdownText {
  return read(before, text, false)
}

function read(before: MarkdownText, text: string, isWhole: boolean): MarkdownText {
  const source = text.replaceAll(/\r\n?/g, '\n')
  // The last block may go on; whatever stands before it has ended.
  const last = source.startsWith(before.text) ? before.blocks.at(-1) : undefined
  const blocks = last === undefined ? [] : before.blocks.slice(0, -1)
  const from = last?.start ?? 0
  const end = source.length <= charsMax ? source.length : source.lastIndexOf('\n', charsMax - 1) + 1
  const part = source.slice(from, end)
  const shown = isWhole || end < source.length ? part : withSteadyEnd(part)
  const starts = lineStarts(source, from, end)
  let room = tokensMax - blocks.reduce((total, { size }) => total + size, 0)
  let heading = last?.headingBefore ?? 0
  for (const tokens of blocksOf(parser.parse(shown, {}))) {
    const start = starts[tokens[0]?.map?.[0] ?? 0] ?? from
    const size = tokens.reduce((total, { children }) => total + 1 + (children?.length ?? 0), 0)
    room -= size
    if (room < 0) return { text: source, blocks, remainder: source.slice(start) }
    const nodes: MarkdownNode[] = []
    const headingBefore = heading
    heading = addNodes(nodes, tokens, heading)
    blocks.push({ start, size, headingBefore, nodes })
  }
  return { text: source, blocks, remainder: source.slice(end) }
}

function createParser(): InstanceType<typeof MarkdownIt> {
  // A message is written in lines, and an address is written as it is.
  const markdown = new MarkdownIt({ html: false, linkify: true, breaks: true })
  // Where each `//` may begin an address, a line of them takes time by its square: 14 s for 100,000 characters.
  for (const schema of ['//', 'ftp:', 'mailto:']) markdown.linkify.add(schema, null)
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })
  // Whatever else an address may be, such as a path of this console, stays text.
  markdown.validateLink = (url) => /^(?:https?:\/\/|mailto:)/i.test(url)
  return markdown
}

/** The tokens of each block, with what lies in it. */
function blocksOf(tokens: readonly Token[]): Token[][] {
  const blocks: Token[][] = []
  for (const token of tokens) {
    if (token.level === 0 && token.nesting !== -1) blocks.push([])
    blocks.at(-1)?.push(token)
  }
  return blocks
}

function lineStarts(text: string, from: number, end: number): number[] {
  const starts = [from]
  for (let at = text.indexOf('\n', from); at !== -1 && at < end; at = text.indexOf('\n', at + 1))
    starts.push(at + 1)
  return starts
}

/**
 * `heading` is the level of the heading before, 0 for none; returns that of the last one. Paragraphs that the parser hides are kept: a
 * list hides them until one of its items has two, and would change as a whole then.
 */
function addNodes(top: MarkdownNode[], tokens: readonly Token[], heading: number): number {
  const open = [top]
  let last = heading
  for (const [at, token] of tokens.entries()) {
    const parent = open.at(-1) ?? top
    if (token.type === 'inline') {
      if (tokens[at - 2]?.type === 'list_item_open') markTask(token.children?.[0])
      addNodes(parent, token.children ?? [], last)
    } else if (token.nesting === -1) open.pop()
    else {
      const node = nodeOf(token, last)
      if (node.kind === 'heading') last = node.level
      if (node.kind !== 'text' || node.text !== '') parent.push(node)
      if (token.nesting === 1) open.push('children' in node ? node.children : [])
    }
  }
  return last
}

/** Items that are to do or done are written `[ ] text` and `[x] text`. */
function markTask(first: Token | undefined): void {
  if (first?.type === 'text')
    first.content = first.content.replace(/^\[([ xX])\] /, (_, mark) => (mark === ' ' ? '☐ ' : '☑ '))
}

function nodeOf(token: Token, headingBefore: number): MarkdownNode {
  const { type, tag, content } = token
  switch (type) {
    case 'heading_open': {
      const size = Number(tag.slice(1))
      return { kind: 'heading', level: Math.min(size, headingBefore + 1, 3), size, children: [] }
    }
    case 'fence':
    case 'code_block':
      return { kind: 'code', language: token.info.trim().split(/\s/)[0] ?? '', text: content.trimEnd() }
    case 'code_inline':
      return element('code', [{ kind: 'text', text: content }])
    case 'table_open':
      return { kind: 'table', children: [] }
    case 'link_open':
      return { kind: 'link', href: attribute(token, 'href'), children: [] }
    case 'image': {
      // It is not loaded: that would send a request to whomever its author named.
      const href = attribute(token, 'src')
      return { kind: 'link', href, children: [{ kind: 'text', text: content || href }] }
    }
    case 'softbreak':
    case 'hardbreak':
      return { kind: 'break' }
    case 'hr':
      return { kind: 'rule' }
    case 'text':
      return { kind: 'text', text: content }
  }
  if (!isPlainTag(tag)) return { kind: 'text', text: content }
  const align = /^text-align:(left|center|right)$/.exec(attribute(token, 'style'))?.[1] ?? null
  const start = Number(attribute(token, 'start') || 1)
  return { ...element(tag), align, start: start === 1 ? null : start }
}

function element(tag: PlainTag, children: MarkdownNode[] = []) {
  return { kind: 'element' as const, tag, align: null, start: null, children }
}

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? '')
}

function isPlainTag(tag: string): tag is PlainTag {
  return plainTags.some((each) => each === tag)
}
