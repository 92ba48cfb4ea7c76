// What a model costs, as it is sent and shown.
import { usdOf } from '../../../domain/pricing/money.ts'
import {
  type ModelPrices,
  PRICE_UNITS,
  type PriceUnit,
  type UnitPrices,
} from '../../../domain/pricing/prices.ts'
import { isByOne, type SentPrices } from '../../../domain/pricing/read-prices.ts'
import { PRICE_ORIGINS, type PriceOrigin } from '../../../services/pricing/model-prices.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'

const NAMES: Record<PriceUnit, { name: string; description: string }> = {
  inputToken: { name: 'INPUT_TOKEN', description: 'A token sent.' },
  cachedInputToken: {
    name: 'CACHED_INPUT_TOKEN',
    description: 'A token sent that came from a cache of the upstream.',
  },
  cachedInputAudioToken: {
    name: 'CACHED_INPUT_AUDIO_TOKEN',
    description: 'A token of audio sent that came from a cache of the upstream.',
  },
  cachedInputImageToken: {
    name: 'CACHED_INPUT_IMAGE_TOKEN',
    description: 'A token of an image sent that came from a cache of the upstream.',
  },
  cacheWriteToken: {
    name: 'CACHE_WRITE_TOKEN',
    description: 'A token sent that was put in a cache of the upstream.',
  },
  cacheWrite1hToken: {
    name: 'CACHE_WRITE_1H_TOKEN',
    description: 'A token sent that was put in a cache of the upstream for an hour.',
  },
  inputAudioToken: { name: 'INPUT_AUDIO_TOKEN', description: 'A token of audio sent.' },
  inputImageToken: { name: 'INPUT_IMAGE_TOKEN', description: 'A token of an image sent.' },
  inputVideoToken: { name: 'INPUT_VIDEO_TOKEN', description: 'A token of a video sent.' },
  outputToken: { name: 'OUTPUT_TOKEN', description: 'A token that the model wrote.' },
  reasoningToken: { name: 'REASONING_TOKEN', description: 'A token of reasoning.' },
  outputAudioToken: { name: 'OUTPUT_AUDIO_TOKEN', description: 'A token of audio that the model made.' },
  outputImageToken: { name: 'OUTPUT_IMAGE_TOKEN', description: 'A token of an image that the model made.' },
  outputVideoToken: { name: 'OUTPUT_VIDEO_TOKEN', description: 'A token of a video that the model made.' },
  image: { name: 'IMAGE', description: 'An image.' },
  second: { name: 'SECOND', description: 'A second of a recording.' },
  character: { name: 'CHARACTER', description: 'A character of speech.' },
  request: { name: 'REQUEST', description: 'A call, as some providers charge beside its tokens.' },
  webSearch: { name: 'WEB_SEARCH', description: 'A search of the web by a tool of the provider.' },
  fileSearch: { name: 'FILE_SEARCH', description: 'A search of files by a tool of the provider.' },
  codeSession: { name: 'CODE_SESSION', description: 'A session of a code interpreter of the provider.' },
  toolImage: { name: 'TOOL_IMAGE', description: 'An image that a tool of the provider made in a response.' },
  citationToken: {
    name: 'CITATION_TOKEN',
    description: 'A token of the sources that a model cites, where its provider counts them apart.',
  },
  textMessage: { name: 'TEXT_MESSAGE', description: 'A text message sent in a realtime session.' },
}

export const PriceUnitEnum = builder.enumType('PriceUnit', {
  description: 'What is billed. No token is counted in two units.',
  values: Object.fromEntries(
    PRICE_UNITS.map((unit) => [NAMES[unit].name, { value: unit, description: NAMES[unit].description }]),
  ),
})

export const PriceSourceEnum = builder.enumType('PriceSource', {
  description: 'Where a price comes from.',
  values: describedValues<PriceOrigin>(PRICE_ORIGINS, {
    OVERRIDE: 'An admin has set it.',
    CATALOG: "It is the provider's list price, from the catalog that comes with Latchkey.",
    NONE: 'It is not known, and neither is what calls cost.',
    UPSTREAM: 'Of a receipt: no price is known; the cost is what the upstream reported.',
  }),
})

const USD = 'US dollars: for a million tokens or characters, for one of all else.'

type ShownPrice = { unit: PriceUnit; usd: string }
type ShownTier = { aboveInputTokens: number; prices: ShownPrice[] }

const UnitPriceRef = builder.objectRef<ShownPrice>('UnitPrice').implement({
  description: 'The price of one unit.',
  fields: (t) => ({
    unit: t.expose('unit', { type: PriceUnitEnum, description: 'What is paid for.' }),
    usd: t.expose('usd', { type: 'Decimal', description: USD }),
  }),
})

const PriceTierRef = builder.objectRef<ShownTier>('PriceTier').implement({
  description: 'Prices of calls with a long input; a unit that it does not name costs as before.',
  fields: (t) => ({
    aboveInputTokens: t.exposeInt('aboveInputTokens', { description: 'For inputs longer than this.' }),
    prices: t.expose('prices', {
      type: [UnitPriceRef],
      complexity: { field: 1, multiplier: 1 },
      description: 'What they cost, as a whole.',
    }),
  }),
})

export const ModelPriceRef = builder.objectRef<ModelPrices>('ModelPrice').implement({
  description:
    'What a model costs. A unit that is not named costs as its like (cached as plain input, reasoning as output); where that has no price either, it is unknown, which is not free.',
  fields: (t) => ({
    base: t.field({
      type: [UnitPriceRef],
      complexity: { field: 1, multiplier: 2 },
      description: 'What its units cost.',
      resolve: ({ base }) => shown(base),
    }),
    tiers: t.field({
      type: [PriceTierRef],
      complexity: { field: 1, multiplier: 1 },
      description: 'What they cost where the input is long; the shortest first.',
      resolve: ({ tiers }): ShownTier[] =>
        tiers.map(({ aboveInputTokens, prices }) => ({ aboveInputTokens, prices: shown(prices) })),
    }),
  }),
})

const UnitPriceInputRef = builder.inputType('UnitPriceInput', {
  description: 'The price of one unit; 0: it is free.',
  fields: (t) => ({
    unit: t.field({ type: PriceUnitEnum, required: true, description: 'What is paid for.' }),
    usd: t.field({ type: 'Decimal', required: true, description: `${USD} At most 9 decimals.` }),
  }),
})

const PriceTierInputRef = builder.inputType('PriceTierInput', {
  description: 'Prices of calls with a long input. A unit that is absent keeps its price.',
  fields: (t) => ({
    aboveInputTokens: t.int({ required: true, description: 'For inputs longer than this.' }),
    prices: t.field({ type: [UnitPriceInputRef], required: true, description: 'What they cost.' }),
  }),
})

export const ModelPriceInputRef = builder.inputType('ModelPriceInput', {
  description:
    'The price of a model. A unit that is absent costs as its base unit: cached input as input, reasoning as output.',
  fields: (t) => ({
    base: t.field({ type: [UnitPriceInputRef], required: true, description: 'At least one.' }),
    tiers: t.field({ type: [PriceTierInputRef], description: 'At most 8, the shortest input first.' }),
  }),
})

/** A price as the services take it. */
export function sentPrices(input: typeof ModelPriceInputRef.$inferInput): SentPrices {
  return { base: input.base, tiers: input.tiers ?? [] }
}

/** Integers are for a million of everything. */
function shown(prices: UnitPrices): ShownPrice[] {
  return PRICE_UNITS.flatMap((unit) => {
    const price = prices[unit]
    if (price === undefined) return []
    return [{ unit, usd: shownPrice(unit, price) }]
  })
}

/** Dollars for a million units, from nano-dollars for one. A catalog's price by the hour may need rounding. */
export function shownPrice(unit: PriceUnit, price: number): string {
  return usdOf(BigInt(isByOne(unit) ? Math.round(price / 1e6) : price))
}
