// The most that a call may cost: what it reserves of the budgets of its key before it is made.

import { MINIMUM_RESERVATION } from '../../domain/policy/judge-call.ts'
import { UNKNOWN_OUTPUT_TOKENS } from '../../domain/policy/reservation-size.ts'
import { costAtMost } from '../../domain/pricing/max-cost.ts'
import type { PricedModel } from '../../domain/pricing/prices.ts'
import type { BodySize } from '../admission/request-size.ts'
import type { BillableUnits } from './billable-units.ts'

// The estimate has four bytes to a token, as English has. Code, digits and CJK have two and more: a budget counts by these.
const DENSEST_INPUT = 2
// Of the largest and finest that gpt-image-1 makes, 6,240: https://platform.openai.com/docs/guides/image-generation.
const IMAGE_TOKENS = 8_192

/**
 * Nano-USD; null where the price of a unit that the call may use is not known. Input that the call does not carry itself, as
 * an image by its address or a stored conversation, is not in it: that is counted when the call ends.
 */
export function costAhead(priced: PricedModel | null, units: BillableUnits, size: BodySize): number | null {
  if (priced === null || size.inBackground) return null
  const { base } = priced.prices
  const input = { ...NOTHING, inputTokens: size.inputTokens * DENSEST_INPUT }
  switch (units.kind) {
    case 'FORM':
      return MINIMUM_RESERVATION
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
