// What a JSON body requests that has a price beside tokens: a service tier, and tools of the provider that the model may use.
import { isObject } from '../../domain/is-object.ts'
import type { FeeUnit } from '../../domain/pricing/prices.ts'
import { unpricedTier } from '../../domain/pricing/service-tier.ts'
import type { ObjectScan, Span } from '../../http/wire/json-scan.ts'
import { PARSED_AT_ONCE_MAX_BYTES, parsedJson } from '../../http/wire/parsed-json.ts'

export const FEE_MEMBERS = ['service_tier', 'tools', 'web_search_options', 'max_tool_calls'] as const

export type RequestedFees = {
  /** It requests a tier that has no list price. */
  hasUnpricedTier: boolean
  /** The fees of the tools that the model may use. */
  tools: readonly FeeUnit[]
  /** How often it may use each at most: as the request bounds it, an assumption otherwise. */
  toolCalls: number
}

/** Where the request does not bound how often a model uses tools, or the upstream may not heed the bound. */
export const UNKNOWN_TOOL_CALLS = 10
const TOOL_CALLS_MAX = 1_000
const TIER_MAX_BYTES = 64

/** `scan` found FEE_MEMBERS at the top level of the body. */
export function requestedFees(body: Buffer, scan: ObjectScan): RequestedFees {
  const tools = new Set<FeeUnit>()
  for (const span of scan.members.get('tools') ?? []) addTools(body, span, tools)
  for (const span of scan.members.get('web_search_options') ?? [])
    if (valueAt(body, span) !== null) tools.add('webSearch')
  return {
    hasUnpricedTier: (scan.members.get('service_tier') ?? []).some((span) => isUnpriced(body, span)),
    tools: [...tools],
    toolCalls: toolCallsAtMost((scan.members.get('max_tool_calls') ?? []).map((span) => valueAt(body, span))),
  }
}

function isUnpriced(body: Buffer, span: Span): boolean {
  if (span.end - span.start > TIER_MAX_BYTES) return true
  const tier = valueAt(body, span)
  return tier !== null && (typeof tier !== 'string' || unpricedTier(tier) !== null)
}

/** Of several bounds the largest, since parsers differ in which of two they use. */
function toolCallsAtMost(bounds: unknown[]): number {
  const numbers = bounds.map((bound) =>
    typeof bound === 'number' && bound >= 0 ? bound : UNKNOWN_TOOL_CALLS,
  )
  return numbers.length === 0 ? UNKNOWN_TOOL_CALLS : Math.min(TOOL_CALLS_MAX, Math.max(...numbers))
}

const FEES: [RegExp, FeeUnit][] = [
  [/web_search|x_search/, 'webSearch'],
  [/file_search/, 'fileSearch'],
  [/code_interpreter|code_execution/, 'codeSession'],
  [/image_generation/, 'toolImage'],
]

function addTools(body: Buffer, span: Span, into: Set<FeeUnit>): void {
  // A longer list is searched for the types instead: parsing it would delay other calls.
  if (span.end - span.start > PARSED_AT_ONCE_MAX_BYTES) {
    const text = body.toString('latin1', span.start, span.end)
    for (const [type, unit] of FEES) if (type.test(text)) into.add(unit)
    return
  }
  const tools = valueAt(body, span)
  for (const tool of Array.isArray(tools) ? tools : []) {
    const type = isObject(tool) ? tool.type : null
    if (typeof type !== 'string' || type === 'function') continue
    for (const [name, unit] of FEES) if (name.test(type)) into.add(unit)
  }
}

function valueAt(body: Buffer, { start, end }: Span): unknown {
  return parsedJson(body.toString('utf8', start, end))
}
