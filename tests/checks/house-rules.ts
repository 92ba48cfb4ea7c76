// The rules of the source tree beside the import law: how full a folder may be, that a file name is unique within its room,
// and that the words which the glossary rules out stay out of identifiers and file names, and the plainest of them out of
// comments and documents.
import { posix } from 'node:path'
import ts from 'typescript'
import { scriptBlocks } from './read-imports.ts'

/** A folder with more files than this is split by meaning, or nobody finds anything in it. */
export const FOLDER_MAX = 15

/**
 * Words that the glossary (docs/explanation/glossary.md) replaces, and the term to use. A word counts where it stands by
 * itself in an identifier or a file name: `nextWay`, `way_of`, `choose-ways.ts`.
 *
 * Some words that the terms rule out in one sense are right in another, and are not here: `channel` (of alerts), `latency` (of the
 * network), `rest` (`...rest`, `rest/`), `side`, `target`, `elsewhere`, `virtual`. Of those only a reader can judge.
 */
const REPLACED_WORDS: ReadonlyMap<string, string> = new Map([
  ['answer', 'response (of HTTP), reply (of a thread or process), result'],
  ['answers', 'responses'],
  ['bag', 'unordered set'],
  ['boot', 'run id'],
  ['caller', 'client'],
  ['callers', 'clients'],
  ['cell', 'rollup'],
  ['cells', 'rollups'],
  ['consult', 'explain, evaluate'],
  ['cut', 'abort'],
  ['cuttable', 'abortable'],
  ['dethrone', 'unset'],
  ['face', 'API, handler'],
  ['faces', 'APIs, handlers'],
  ['gone', 'disconnected, exited, deleted'],
  ['holder', 'client, admin, key'],
  ['lent', 'shared'],
  ['mistake', 'internal error, invalid input'],
  ['outlive', 'carry over'],
  ['paid', 'billed, billable units'],
  ['resting', 'cooling down'],
  ['standing', 'route status'],
  ['sums', 'rollups, totals'],
  ['told', 'reported, upstream error'],
  ['trace', 'request log'],
  ['tries', 'attempts'],
  ['trouble', 'problem, upstream status'],
  ['troubles', 'problems, upstream statuses'],
  ['via', 'egress'],
  ['way', 'route, candidate'],
  ['ways', 'candidate routes'],
])

/**
 * Those of them, and phrases, that are never right in a comment or a document either, in any form. Words with an ordinary
 * meaning in English, such as `way` or `gone`, are not here: of those only a reader can judge.
 */
const REPLACED_PROSE: readonly (readonly [RegExp, string])[] = [
  [/\banswer(s|ed|ing)?\b/i, 'response, respond; reply (of a thread or process); return (of a function)'],
  [/\bcallers?\b/i, 'client'],
  [/\btold errors?\b/i, 'upstream error'],
  [/\b(token|key|secret) holders?\b/i, 'client, admin'],
  [/\b(outlives?|outlived|dethrones?|dethroned|resting|virtual keys?|misdeeds?)\b/i, 'in the glossary'],
  [/\b(aged out|ages out|set aside|put aside)\b/i, 'expired; reserved; moved to the quarantine'],
  [/\bmistakes? (of|in) (the|our) gateway\b/i, 'internal error'],
]

/** Identifiers that keep a replaced word, and why. */
const KEPT_IDENTIFIERS: ReadonlyMap<string, string> = new Map([
  ['cutCalls', 'GraphQL and SDK name, deprecated for one version'],
  ['cutRunningCalls', 'GraphQL and SDK name, deprecated for one version'],
  ['restingCredentials', 'GraphQL name, deprecated for one version'],
  ['sums', 'GraphQL name, deprecated for one version'],
  ['upstream_invalid_answer', 'wire error code and stored code'],
  ['INVALID_ANSWER', 'stored failure class, and a GraphQL enum value'],
  ['LATCHKEY_CALLER_IDLE_TIMEOUT', 'former name of a setting, deprecated for one version'],
  ['LATCHKEY_CALLER_IDLE_TIMEOUT_SECONDS', 'former name of a setting, deprecated for one version'],
  ['boot', "member of the journal's head line, which every later version reads"],
])

/**
 * Judges the names of source files.
 *
 * @param paths source files by their paths from the root, with forward slashes; tests among them are left out of the count.
 * @returns one line for each breach: crowded folders, and file names that occur twice in a room of server/src or the SDK.
 */
export function breachesOfTree(paths: readonly string[]): string[] {
  const sources = paths.filter((path) => !/\.test\.ts$/.test(path))
  const breaches: string[] = []
  for (const [folder, files] of Map.groupBy(sources, posix.dirname)) {
    if (files.length > FOLDER_MAX)
      breaches.push(
        `${folder} holds ${files.length} source files. Rule: at most ${FOLDER_MAX}; split it by meaning.`,
      )
  }
  const inRooms = sources.filter((path) => path.startsWith('server/src/') && path.split('/').length > 3)
  const byName = Map.groupBy(inRooms, (path) => `${path.split('/')[2]}/…/${posix.basename(path)}`)
  for (const [name, files] of byName) {
    if (files.length > 1)
      breaches.push(
        `${name} occurs ${files.length} times: ${files.join(', ')}. Rule: a file name is unique in its room.`,
      )
  }
  for (const path of paths) {
    const word = path.split(/[/.-]/).find((part) => REPLACED_WORDS.has(part))
    if (word !== undefined)
      breaches.push(
        `${path} is named with "${word}". Rule: the glossary's term is ${REPLACED_WORDS.get(word)}.`,
      )
  }
  return breaches
}

/**
 * Finds replaced words in the identifiers of one file, those of properties and private members included.
 *
 * @returns one line for each identifier, with its first place.
 */
export function breachesOfTerms(path: string, text: string): string[] {
  const found = new Map<string, string>()
  for (const script of path.endsWith('.svelte') ? scriptBlocks(text) : [text]) {
    const source = ts.createSourceFile(path, script, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS)
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
        const word = wordsOf(node.text).find((part) => REPLACED_WORDS.has(part))
        if (word !== undefined && !KEPT_IDENTIFIERS.has(node.text) && !found.has(node.text)) {
          const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
          const term = REPLACED_WORDS.get(word)
          found.set(
            node.text,
            `${path}:${line + 1} names ${node.text}. Rule: the glossary's term for "${word}" is ${term}.`,
          )
        }
      }
      ts.forEachChild(node, visit)
    }
    visit(source)
  }
  return [...found.values()]
}

/**
 * Finds replaced words in the comments of a source file, or in a Markdown document, but for what is in backticks.
 *
 * @returns one line for each, with its place.
 */
export function breachesOfProse(path: string, text: string): string[] {
  const isDocument = path.endsWith('.md')
  const prose = isDocument ? text.replace(/```[\s\S]*?```/g, blank) : commentsOf(text)
  const lines = prose.replace(/`[^`\n]*`/g, blank).split('\n')
  return lines.flatMap((line, at) =>
    REPLACED_PROSE.flatMap(([words, term]) => {
      const word = words.exec(line)?.[0]
      return word === undefined ? [] : [`${path}:${at + 1} says "${word}". Rule: the term is ${term}.`]
    }),
  )
}

/**
 * Finds exported functions without a docstring. Of overloads, the first has it for all.
 *
 * @returns one line for each, with its place.
 */
export function breachesOfDocstrings(path: string, text: string): string[] {
  const lines = text.split('\n')
  const documented = new Set<string>()
  return lines.flatMap((line, at) => {
    const name = /^\s*export (?:default )?(?:async )?function\*? (\w+)/.exec(line)?.[1]
    if (name === undefined) return []
    if (lines[at - 1]?.trim().endsWith('*/')) documented.add(name)
    return documented.has(name)
      ? []
      : [
          `${path}:${at + 1} exports ${name}() without a docstring. Rule: every exported function says what it does.`,
        ]
  })
}

/** The text with everything but its comments blank, so that lines keep their numbers. */
function commentsOf(text: string): string {
  const comment = /(?<=^|\s)\/\/.*$|\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->/gm
  let end = 0
  let comments = ''
  for (const { 0: found, index } of text.matchAll(comment)) {
    comments += blank(text.slice(end, index)) + found
    end = index + found.length
  }
  return comments
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}

/** `#nextWay`, `NEXT_WAY` and `nextWay` → `next`, `way`. */
function wordsOf(identifier: string): string[] {
  return identifier
    .split(/[_#$]|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/)
    .map((part) => part.toLowerCase())
}
