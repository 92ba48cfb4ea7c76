// Reads what a response says of its price beside tokens: its service tier, the built-in tools that the model used, and what the
// upstream says itself that the call cost.
import { isObject } from '../../domain/is-object.ts'
import { nanoUsdOfNumber } from '../../domain/pricing/money.ts'
import type { FeeUnit } from '../../domain/pricing/prices.ts'

/** How often each built-in tool was used. */
export type ToolUse = Partial<Record<FeeUnit, number>>

export type BilledFacts = {
  /** As the upstream names it, up to 64 characters. */
  serviceTier: string | null
  /** Null where no tool with a fee was used. */
  tools: ToolUse | null
  /** Whole nano-dollars, up to REPORTED_MAX_NANO_USD; null where the upstream says nothing of it, or more. */
  reportedNanoUsd: number | null
}

export const NOTHING_BILLED: BilledFacts = { serviceTier: null, tools: null, reportedNanoUsd: null }

/** `body`: a response, or the chunk or event with its metadata. `usage`: its usage object, wherever that stands. */
export function billedFacts(body: Record<string, unknown>, usage: unknown): BilledFacts {
  const reported = isObject(usage) ? usage : null
  // Anthropic has it in the usage: https://platform.claude.com/docs/en/api/service-tiers.
  const tier = body.service_tier ?? reported?.service_tier
  return {
    serviceTier: typeof tier === 'string' && tier !== '' ? tier.slice(0, TIER_CHARS) : null,
    tools: toolsIn(body, reported),
    reportedNanoUsd: reported === null ? null : plausible(costIn(reported)),
  }
}

/** The facts after another event: later facts replace earlier ones, absent ones replace nothing. */
export function mergeBilled(before: BilledFacts, after: BilledFacts): BilledFacts {
  return {
    serviceTier: after.serviceTier ?? before.serviceTier,
    tools: after.tools ?? before.tools,
    reportedNanoUsd: after.reportedNanoUsd ?? before.reportedNanoUsd,
  }
}

const TIER_CHARS = 64
// More than any response has; what an upstream counts beyond is a mistake.
const TOOL_CALLS_MAX = 100_000
// No model reads so much for one response.
const CITATION_TOKENS_MAX = 100_000_000
// 10,000 dollars: no call costs as much. A mistake of an upstream would spend the budgets of a key for good.
const REPORTED_MAX_NANO_USD = 10_000 * 1_000_000_000

function plausible(nanoUsd: number | null): number | null {
  return nanoUsd !== null && nanoUsd <= REPORTED_MAX_NANO_USD ? nanoUsd : null
}

/** From the items of the Responses API, its `tool_usage`, and the names that Anthropic, xAI and Perplexity have in `usage`. */
function toolsIn(body: Record<string, unknown>, usage: Record<string, unknown> | null): ToolUse | null {
  const { output, tool_usage: counted } = body
  const items = Array.isArray(output) ? toolsOfItems(output) : null
  const server = usage?.server_tool_use
  const xai = usage?.server_side_tool_usage_details
  const searches = Math.max(
    items?.webSearch ?? 0,
    countIn(isObject(counted) ? counted.web_search : null, 'num_requests'),
    countIn(server, 'web_search_requests'),
    countIn(xai, 'web_search_calls') + countIn(xai, 'x_search_calls'),
    countIn(usage, 'num_sources_used'),
    countIn(usage, 'num_search_queries'),
  )
  const files = Math.max(
    items?.fileSearch ?? 0,
    countIn(xai, 'file_search_calls') + countIn(xai, 'document_search_calls'),
  )
  const sessions = Math.max(items?.codeSession ?? 0, countIn(xai, 'code_interpreter_calls'))
  const images = items?.toolImage ?? 0
  const citations = countIn(usage, 'citation_tokens', CITATION_TOKENS_MAX)
  if (searches + files + sessions + images + citations === 0) return null
  return {
    webSearch: searches,
    fileSearch: files,
    codeSession: sessions,
    toolImage: images,
    citationToken: citations,
  }
}

/** https://platform.openai.com/docs/pricing#built-in-tools */
function toolsOfItems(output: unknown[]): ToolUse | null {
  const used = { webSearch: 0, fileSearch: 0, codeSession: 0, toolImage: 0 }
  let containers: Set<string> | null = null
  for (const item of output) {
    if (!isObject(item)) continue
    switch (item.type) {
      case 'web_search_call': {
        // To open a page that was found, or to search in it, has no fee.
        const action = isObject(item.action) ? item.action.type : undefined
        if (action === undefined || action === 'search') used.webSearch++
        break
      }
      case 'file_search_call':
        used.fileSearch++
        break
      case 'code_interpreter_call':
        // A container is one session, however often it is used.
        if (typeof item.container_id === 'string') {
          containers ??= new Set()
          containers.add(item.container_id)
        } else used.codeSession++
        break
      case 'image_generation_call':
        used.toolImage++
        break
    }
  }
  used.codeSession += containers?.size ?? 0
  return used
}

/**
 * OpenRouter's `cost`, and with one's own key at the provider what that charges besides
 * (https://openrouter.ai/docs/use-cases/usage-accounting); Perplexity's `cost.total_cost`; DeepInfra's `estimated_cost`; xAI's ticks,
 * of which 10 are a nano-dollar.
 */
function costIn(usage: Record<string, unknown>): number | null {
  const { cost, cost_details: details, is_byok: ownKey, cost_in_usd_ticks: ticks } = usage
  if (typeof ticks === 'number' && Number.isSafeInteger(ticks) && ticks >= 0) return Math.round(ticks / 10)
  const said = nanoUsdOfNumber(isObject(cost) ? cost.total_cost : (cost ?? usage.estimated_cost))
  if (said === null || ownKey !== true || !isObject(details)) return said
  const atProvider = nanoUsdOfNumber(details.upstream_inference_cost)
  if (atProvider === null) return said
  const sum = said + atProvider
  return Number.isSafeInteger(sum) ? sum : null
}

function countIn(value: unknown, name: string, max = TOOL_CALLS_MAX): number {
  const count = isObject(value) ? value[name] : null
  return typeof count === 'number' && Number.isInteger(count) && count > 0 ? Math.min(count, max) : 0
}
