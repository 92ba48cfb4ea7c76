// The most that a call may cost: what it reserves of the budgets of its key before it is made.

import { MINIMUM_RESERVATION } from '../../domain/policy/judge-call.ts'
import { UNKNOWN_OUTPUT_TOKENS } from '../../domain/policy/reservation-size.ts'
import { type CallSize, costAtMost } from '../../domain/pricing/max-cost.ts'
import { mediaTokensAtMost, NO_MEDIA } from '../../domain/pricing/media-tokens.ts'
import type { PricedModel } from '../../domain/pricing/prices.ts'
import type { BodySize } from '../admission/request-size.ts'
import { UNKNOWN_TOOL_CALLS } from '../admission/requested-fees.ts'
import type { BillableUnits } from './billable-units.ts'

// The estimate has four bytes to a token, as English has. Code, digits and CJK have two and more: a budget counts by these.
const DENSEST_INPUT = 2
// Of the largest and finest that gpt-image-1 makes, 6,240: https://platform.openai.com/docs/guides/image-generation.
const IMAGE_TOKENS = 8_192

/**
 * Nano-USD; null where the price of a unit that the call may use, or of the service tier that it requests, is not known. Images and
 * files count as many tokens as `model`, by its name at the upstream, takes of the largest. A conversation that the upstream stores is
 * not in it: that is counted when the call ends. `boundsTools`: the upstream is known to heed `max_tool_calls`.
 */
export function costAhead(
  priced: PricedModel | null,
  units: BillableUnits,
  size: BodySize,
  model: string | null,
  boundsTools: boolean,
): number | null {
  if (priced === null || size.inBackground || size.beside?.fees?.hasUnpricedTier === true) return null
  const fees = units.kind === 'AUDIO' ? 0 : feesAhead(priced, size, boundsTools)
  if (fees === null) return null
  const media = mediaTokensAtMost(size.beside?.media ?? NO_MEDIA, model)
  // No call has more input than its model takes.
  const inputTokens = size.inputTokens * DENSEST_INPUT + Math.min(media, priced.contextTokens ?? media)
  const cost = costOfUnits(priced, units, { ...NOTHING, inputTokens }, size)
  return cost === null ? null : cost + fees
}

/** What is due for each call, and for the tools that the model may use, as often as it may use them; null: it is not known. */
function feesAhead(
  { prices, searchesEachCall }: PricedModel,
  { beside }: BodySize,
  boundsTools: boolean,
): number | null {
  const { base } = prices
  const bound = beside?.fees?.toolCalls ?? 0
  const toolCalls = boundsTools ? bound : Math.max(bound, UNKNOWN_TOOL_CALLS)
  let most = base.request === undefined ? 0 : nanoOf(base.request, 1)
  if (searchesEachCall === true) {
    if (base.webSearch === undefined) return null
    most += nanoOf(base.webSearch, 1)
  }
  for (const unit of beside?.fees?.tools ?? []) {
    const price = base[unit]
    if (price === undefined) return null
    most += nanoOf(price, toolCalls)
  }
  return most
}

function nanoOf(nanoUsdPerMillion: number, count: number): number {
  return Math.ceil((nanoUsdPerMillion * count) / 1e6)
}

function costOfUnits(
  priced: PricedModel,
  units: BillableUnits,
  input: CallSize,
  size: BodySize,
): number | null {
  const { base } = priced.prices
  switch (units.kind) {
    case 'AUDIO':
      return MINIMUM_RESERVATION
    case 'VIDEO':
      return null
    case 'TEXT':
      return costAtMost(priced.prices, { ...input, outputTokens: size.outputTokens })
    case 'READING':
      return costAtMost(priced.prices, input)
    case 'SPEECH': {
      if (base.character === undefined)
        return costAtMost(priced.prices, { ...input, outputTokens: UNKNOWN_OUTPUT_TOKENS })
      return units.count === null ? null : costAtMost(priced.prices, { ...NOTHING, characters: units.count })
    }
    case 'IMAGES': {
      if (units.count === null) return null
      if (base.image === undefined)
        return costAtMost(priced.prices, { ...input, outputTokens: units.count * IMAGE_TOKENS })
      const text = base.inputToken === undefined ? NOTHING : input
      const made = base.outputToken === undefined ? 0 : units.count * IMAGE_TOKENS
      return costAtMost(priced.prices, { ...text, images: units.count, outputTokens: made })
    }
  }
}

const NOTHING = { inputTokens: 0, outputTokens: 0, images: 0, seconds: 0, characters: 0 }
