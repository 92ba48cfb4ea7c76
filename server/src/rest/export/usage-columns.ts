// The columns of an export of usage: our own, or those of FOCUS 1.2 (https://focus.finops.org/focus-specification/v1-2/).
import { budgetWindowAt, type Window } from '../../domain/policy/windows.ts'
import { ROLLUP_TOTALS, type RollupTotals } from '../../domain/usage/rollup.ts'
import type { ExportedUsage } from '../../services/usage/export-usage.ts'
import type { ExportColumn, ExportTable, ExportValue } from './export-column.ts'
import { snakeCase } from './snake-case.ts'

const cursorOf = ({ id }: ExportedUsage) => id

const OWN: ExportColumn<ExportedUsage>[] = [
  { name: 'id', type: 'TEXT', of: ({ id }) => id },
  { name: 'from', type: 'INSTANT', of: ({ period }) => period.startMs },
  { name: 'to', type: 'INSTANT', of: ({ period }) => period.endMs },
  { name: 'api_key_id', type: 'TEXT', of: ({ keyId }) => keyId },
  { name: 'api_key_name', type: 'TEXT', of: ({ keyName }) => keyName },
  { name: 'model', type: 'TEXT', of: ({ model }) => model },
  ...ROLLUP_TOTALS.map(totalColumn),
]

/** A row is what one key used of one model in one period. */
export const USAGE_TABLE: ExportTable<ExportedUsage> = { columns: OWN, cursorOf }

function totalColumn(total: keyof RollupTotals): ExportColumn<ExportedUsage> {
  const isMoney = total.endsWith('NanoUsd')
  return {
    name: snakeCase(total.replace('NanoUsd', 'Usd')),
    type: isMoney ? 'DECIMAL' : 'WHOLE',
    of: ({ totals }) => totals[total],
  }
}

/** The same rows in the columns of FOCUS 1.2; `account` names this installation, as its billing account. Extensions begin with `x_`. */
export function focusTable(account: string, timeZone: string): ExportTable<ExportedUsage> {
  const billingPeriod = monthOf(timeZone)
  const text = (name: string, of: (row: ExportedUsage) => ExportValue): ExportColumn<ExportedUsage> => ({
    name,
    type: 'TEXT',
    of,
  })
  const money = (name: string): ExportColumn<ExportedUsage> => ({
    name,
    type: 'DECIMAL',
    of: ({ totals }) => totals.costNanoUsd,
  })
  const instant = (name: string, of: (row: ExportedUsage) => number): ExportColumn<ExportedUsage> => ({
    name,
    type: 'INSTANT',
    of,
  })
  const whole = (name: string, of: (totals: RollupTotals) => number): ExportColumn<ExportedUsage> => ({
    name,
    type: 'WHOLE',
    of: ({ totals }) => of(totals),
  })
  const none = (name: string) => text(name, () => null)
  const columns = [
    money('BilledCost'),
    text('BillingAccountId', () => account),
    text('BillingAccountName', () => account),
    text('BillingAccountType', () => 'Latchkey installation'),
    text('BillingCurrency', () => 'USD'),
    instant('BillingPeriodEnd', ({ period }) => billingPeriod(period.startMs).endMs),
    instant('BillingPeriodStart', ({ period }) => billingPeriod(period.startMs).startMs),
    text('ChargeCategory', () => 'Usage'),
    none('ChargeClass'),
    text(
      'ChargeDescription',
      ({ model, keyName }) => `Calls of ${model ?? 'no model'} with ${keyName ?? 'deleted keys'}`,
    ),
    text('ChargeFrequency', () => 'Usage-Based'),
    instant('ChargePeriodEnd', ({ period }) => period.endMs),
    instant('ChargePeriodStart', ({ period }) => period.startMs),
    whole('ConsumedQuantity', tokens),
    text('ConsumedUnit', () => 'Tokens'),
    money('ContractedCost'),
    none('ContractedUnitPrice'),
    money('EffectiveCost'),
    none('InvoiceId'),
    text('InvoiceIssuerName', () => 'Latchkey'),
    money('ListCost'),
    none('ListUnitPrice'),
    text('PricingCategory', () => 'Standard'),
    text('PricingCurrency', () => 'USD'),
    whole('PricingQuantity', tokens),
    text('PricingUnit', () => 'Tokens'),
    text('ProviderName', () => 'Latchkey'),
    text('PublisherName', () => 'Latchkey'),
    none('RegionId'),
    none('RegionName'),
    text('ResourceId', ({ model }) => model),
    text('ResourceName', ({ model }) => model),
    text('ResourceType', ({ model }) => (model === null ? null : 'Model')),
    text('ServiceCategory', () => 'AI and Machine Learning'),
    text('ServiceName', () => 'Latchkey'),
    text('ServiceSubcategory', () => 'Generative AI'),
    text('SkuId', ({ model }) => model),
    none('SkuPriceId'),
    text('SkuMeter', () => 'Tokens'),
    text('SubAccountId', ({ keyId }) => keyId),
    text('SubAccountName', ({ keyName }) => keyName),
    text('SubAccountType', ({ keyId }) => (keyId === null ? null : 'API key')),
    text('Tags', () => '{}'),
    text('x_Id', ({ id }) => id),
    whole('x_Calls', ({ calls }) => calls),
    whole('x_UnpricedCalls', ({ unpricedCalls }) => unpricedCalls),
    whole('x_InputTokens', ({ inputTokens }) => inputTokens),
    whole('x_CachedInputTokens', ({ cachedInputTokens }) => cachedInputTokens),
    whole('x_CacheWriteInputTokens', ({ cacheWriteInputTokens }) => cacheWriteInputTokens),
    whole('x_OutputTokens', ({ outputTokens }) => outputTokens),
    whole('x_ReasoningTokens', ({ reasoningTokens }) => reasoningTokens),
    {
      name: 'x_CacheSavedCost',
      type: 'DECIMAL',
      of: ({ totals }) => totals.cacheSavedNanoUsd,
    } satisfies ExportColumn<ExportedUsage>,
  ]
  return { columns, cursorOf }
}

function tokens({ inputTokens, outputTokens }: RollupTotals): number {
  return inputTokens + outputTokens
}

/** The calendar month of an instant, kept from row to row: most have the same one. */
function monthOf(timeZone: string): (atMs: number) => Window {
  let month: Window = { startMs: 0, endMs: 0 }
  return (atMs) => {
    if (atMs < month.startMs || atMs >= month.endMs) month = budgetWindowAt('MONTH', timeZone, atMs)
    return month
  }
}
