// The end of a text that is still arriving. Its next characters may make something else of it, such as a list of what is a heading so
// far, or a link of an address: what is not certain yet waits, and what has begun is ended for now, so that nothing on screen changes.

// What may wait of a link; whatever is longer is hardly one.
const linkChars = 500
// Of a line of nothing but these, not even the kind is known.
const marksOnly = /^[\s>*+\-=#`~|:_\d.)]*$/

/** The text as it is to be read for now. `text` begins with a block, and takes time by its length. */
export function withSteadyEnd(text: string): string {
  const [before, line] = lastLine(text)
  if (marksOnly.test(line)) return withoutTableHead(before)
  const fences = text.match(/^[ \t]*(?:```|~~~)/gm)?.length ?? 0
  // In a block of code a character is what it is.
  if (fences % 2 === 1) return text
  return line.trimStart().startsWith('|') ? withoutTableHead(text) : before + ended(line)
}

/** A row is one of a table only when the line below it has said so: the first two lines of a table wait for each other. */
function withoutTableHead(text: string): string {
  const lines = text.split('\n')
  const isWhole = lines.at(-1) === ''
  const end = isWhole ? lines.length - 1 : lines.length
  const start = lines.slice(0, end).findLastIndex((line) => !line.trimStart().startsWith('|')) + 1
  const wholeRows = end - start - (isWhole ? 0 : 1)
  return start === end || wholeRows >= 2
    ? text
    : lines
        .slice(0, start)
        .map((line) => `${line}\n`)
        .join('')
}

function ended(line: string): string {
  const shown = withoutLink(line)
  const outsideCode = shown.replaceAll(/`[^`]*`/g, '')
  if (outsideCode.includes('`')) return shown.endsWith('`') ? shown.replace(/`+$/, '') : `${shown}\``
  if (outsideCode.split('**').length % 2 === 1) return shown
  // It opens here, or the first of the two that close it has come.
  if (shown.endsWith('**')) return shown.slice(0, -2)
  return `${shown.replace(/\*$/, '').trimEnd()}**`
}

function withoutLink(line: string): string {
  const at = line.lastIndexOf('[')
  if (at === -1 || line.length - at > linkChars) return line
  if (!/^\[[^\]]*(?:\](?:\([^)]*)?)?$/.test(line.slice(at))) return line
  return line.slice(0, line[at - 1] === '!' ? at - 1 : at)
}

function lastLine(text: string): [before: string, line: string] {
  const at = text.lastIndexOf('\n') + 1
  return [text.slice(0, at), text.slice(at)]
}
