// Changes of the admin schema that break its clients: against the schema that was last acknowledged, and what CHANGELOG.md says.
import { CriticalityLevel, diff } from '@graphql-inspector/core'
import { buildSchema, parse, print, visit } from 'graphql'

/** Where the acknowledged schema is, without its descriptions; acknowledge-schema.ts writes it. */
export const ACKNOWLEDGED_SCHEMA = 'tests/fixtures/acknowledged-schema.graphql'

/**
 * One line for each breaking change that `changelog` does not acknowledge: with the change's path in backticks (`Query.apiKeys`)
 * under the heading "### Breaking" of its section Unreleased.
 */
export async function unacknowledgedBreaks(
  acknowledged: string,
  present: string,
  changelog: string,
): Promise<string[]> {
  const named = acknowledgedPaths(changelog)
  const changes = await diff(buildSchema(acknowledged), buildSchema(present))
  return changes.flatMap(({ criticality, path, message }) =>
    criticality.level !== CriticalityLevel.Breaking || (path !== undefined && named.has(path))
      ? []
      : [
          `${message}. Rule: a change that breaks clients is named in CHANGELOG.md, under "### Breaking" of [Unreleased], as \`${path}\`.`,
        ],
  )
}

/** One line for each deprecation whose reason does not say since when, as YYYY-MM-DD. */
export function undatedDeprecations(present: string): string[] {
  const lines: string[] = []
  visit(parse(present), {
    Directive(node, _key, _parent, _path, ancestors) {
      if (node.name.value !== 'deprecated') return
      const reason = node.arguments?.find(({ name }) => name.value === 'reason')?.value
      const text = reason?.kind === 'StringValue' ? reason.value : ''
      if (/\b\d{4}-\d{2}-\d{2}\b/.test(text)) return
      const owner = ancestors.flat().findLast((one) => 'name' in one && one.kind !== 'Directive')
      const name = owner !== undefined && 'name' in owner ? owner.name?.value : undefined
      lines.push(`${name} is deprecated: "${text}". Rule: the reason says since which day, as YYYY-MM-DD.`)
    },
  })
  return lines
}

/** A schema without its descriptions, which break nobody. */
export function withoutDescriptions(schema: string): string {
  const bare = visit(parse(schema), {
    enter: (node) => ('description' in node ? { ...node, description: undefined } : undefined),
  })
  return `${print(bare)}\n`
}

function acknowledgedPaths(changelog: string): Set<string> {
  const unreleased = sectionOf(changelog, /^## \[Unreleased\]$/, /^## /)
  const breaking = sectionOf(unreleased, /^### Breaking$/, /^##/)
  return new Set([...breaking.matchAll(/`([^`\n]+)`/g)].map(([, path = '']) => path))
}

function sectionOf(text: string, begins: RegExp, ends: RegExp): string {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => begins.test(line))
  if (first === -1) return ''
  const rest = lines.slice(first + 1)
  const end = rest.findIndex((line) => ends.test(line))
  return rest.slice(0, end === -1 ? undefined : end).join('\n')
}
