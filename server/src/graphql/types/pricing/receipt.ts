// What one call cost, line by line.

import type { CallRecord } from '../../../domain/logs/call-record.ts'
import { usdOf } from '../../../domain/pricing/money.ts'
import {
  type ReceiptLine,
  UNKNOWN_COST_REASONS,
  type UnknownCostReason,
  type UsageConvention,
  unknownCostReason,
} from '../../../domain/pricing/receipt.ts'
import type { StoredReceipt } from '../../../domain/pricing/stored-receipt.ts'
import type { PriceOrigin } from '../../../services/pricing/model-prices.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { PriceSourceEnum, PriceUnitEnum, shownPrice } from './model-price.ts'

const ConventionEnum = builder.enumType('UsageConvention', {
  description: 'How an upstream counts what came from its cache.',
  values: describedValues<UsageConvention>(['INCLUSIVE', 'EXCLUSIVE'], {
    INCLUSIVE: 'As part of the input tokens.',
    EXCLUSIVE: 'Beside the input tokens. Request logs have them added.',
  }),
})

const UnknownCostReasonEnum = builder.enumType('UnknownCostReason', {
  description: 'Why what a call cost is not known.',
  values: describedValues<UnknownCostReason>(UNKNOWN_COST_REASONS, {
    NO_PRICE: 'The model has no price.',
    SERVICE_TIER: 'The response names a service tier, such as flex or priority, whose price is not known.',
    UNIT_WITHOUT_PRICE:
      'Something was used that has no price, such as a tool of the provider; see the lines.',
    NOT_COUNTED: 'The response does not say what was used.',
  }),
})

const ReceiptLineRef = builder.objectRef<ReceiptLine>('ReceiptLine').implement({
  description: 'So many of a unit, at a price.',
  fields: (t) => ({
    unit: t.expose('unit', { type: PriceUnitEnum, description: 'What was paid for.' }),
    quantity: t.exposeFloat('quantity', { description: 'How many.' }),
    unitUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'US dollars for a million tokens or characters, for one of all else; null: not known.',
      resolve: ({ unit, nanoUsdPerMillion }) =>
        nanoUsdPerMillion === null ? null : shownPrice(unit, nanoUsdPerMillion),
    }),
    usd: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'What the line comes to, exactly; the cost is the sum, rounded to 9 decimals.',
      resolve: lineUsd,
    }),
  }),
})

export const ReceiptRef = builder
  .objectRef<StoredReceipt & Pick<CallRecord, 'costNanoUsd'>>('Receipt')
  .implement({
    description: 'What the cost of a call was worked out from, as it was then.',
    fields: (t) => ({
      priceSource: t.field({
        type: PriceSourceEnum,
        description: 'Where the prices come from.',
        resolve: ({ source }): PriceOrigin => source?.kind ?? 'NONE',
      }),
      catalog: t.string({
        nullable: true,
        description: 'The catalog of list prices and its version; null where it was not used.',
        resolve: ({ source }) => (source?.kind === 'CATALOG' ? source.catalog : null),
      }),
      provider: t.string({
        nullable: true,
        description: "The provider's name in the catalog.",
        resolve: ({ source }) => (source?.kind === 'CATALOG' ? source.provider : null),
      }),
      model: t.string({
        nullable: true,
        description: "The model's name in the catalog.",
        resolve: ({ source }) => (source?.kind === 'CATALOG' ? source.model : null),
      }),
      asOf: t.string({
        nullable: true,
        description: 'The day of UTC whose list prices were taken, YYYY-MM-DD.',
        resolve: ({ source }) => (source?.kind === 'CATALOG' ? source.asOf : null),
      }),
      convention: t.expose('convention', { type: ConventionEnum, description: 'How the upstream counted.' }),
      unknownCostReason: t.field({
        type: UnknownCostReasonEnum,
        nullable: true,
        description: 'Why the cost is not known; null where it is.',
        resolve: (receipt) => (receipt.costNanoUsd === null ? unknownCostReason(receipt) : null),
      }),
      lines: t.expose('lines', {
        type: [ReceiptLineRef],
        complexity: { field: 1, multiplier: 1 },
        description: 'Empty where nothing was counted.',
      }),
    }),
  })

/** Quantities have six decimals, and prices are for a million: 12 decimals below a nano-dollar, of which few are not 0. */
function lineUsd({ quantity, nanoUsdPerMillion }: ReceiptLine): string | null {
  if (nanoUsdPerMillion === null) return null
  const exact = BigInt(Math.round(quantity * 1e6)) * BigInt(nanoUsdPerMillion)
  const nano = exact / PER_NANO
  const rest = String(exact % PER_NANO)
    .padStart(12, '0')
    .replace(/0+$/, '')
  if (rest === '') return usdOf(nano)
  const [dollars = '0', decimals = ''] = usdOf(nano).split('.')
  return `${dollars}.${decimals.padEnd(9, '0')}${rest}`
}

const PER_NANO = 1_000_000_000_000n
