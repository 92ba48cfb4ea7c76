// Prices in words: what is paid for, and how much.
import type { ModelPrice, PriceUnit } from '@latchkey/sdk'
import { formatUsd } from '#lib/format-money.ts'
import { m } from '#lib/paraglide/messages.js'

/** Every unit, the most frequent first. */
export const priceUnits = [
  'INPUT_TOKEN',
  'OUTPUT_TOKEN',
  'CACHED_INPUT_TOKEN',
  'CACHED_INPUT_AUDIO_TOKEN',
  'CACHED_INPUT_IMAGE_TOKEN',
  'CACHE_WRITE_TOKEN',
  'CACHE_WRITE_1H_TOKEN',
  'REASONING_TOKEN',
  'INPUT_AUDIO_TOKEN',
  'OUTPUT_AUDIO_TOKEN',
  'INPUT_IMAGE_TOKEN',
  'OUTPUT_IMAGE_TOKEN',
  'INPUT_VIDEO_TOKEN',
  'OUTPUT_VIDEO_TOKEN',
  'CITATION_TOKEN',
  'IMAGE',
  'SECOND',
  'CHARACTER',
  'REQUEST',
  'WEB_SEARCH',
  'FILE_SEARCH',
  'CODE_SESSION',
  'TOOL_IMAGE',
  'TEXT_MESSAGE',
] as const satisfies readonly PriceUnit[]

/** What is paid for, with the quantity that the price is of. */
export function unitText(unit: PriceUnit): string {
  switch (unit) {
    case 'INPUT_TOKEN':
      return m.models_unit_input()
    case 'OUTPUT_TOKEN':
      return m.models_unit_output()
    case 'CACHED_INPUT_TOKEN':
      return m.models_unit_cached()
    case 'CACHED_INPUT_AUDIO_TOKEN':
      return m.models_unit_cached_audio()
    case 'CACHED_INPUT_IMAGE_TOKEN':
      return m.models_unit_cached_image()
    case 'CACHE_WRITE_TOKEN':
      return m.models_unit_cache_write()
    case 'CACHE_WRITE_1H_TOKEN':
      return m.models_unit_cache_write_1h()
    case 'REASONING_TOKEN':
      return m.models_unit_reasoning()
    case 'INPUT_AUDIO_TOKEN':
      return m.models_unit_input_audio()
    case 'OUTPUT_AUDIO_TOKEN':
      return m.models_unit_output_audio()
    case 'INPUT_IMAGE_TOKEN':
      return m.models_unit_input_image()
    case 'OUTPUT_IMAGE_TOKEN':
      return m.models_unit_output_image()
    case 'INPUT_VIDEO_TOKEN':
      return m.models_unit_input_video()
    case 'OUTPUT_VIDEO_TOKEN':
      return m.models_unit_output_video()
    case 'CITATION_TOKEN':
      return m.models_unit_citation()
    case 'IMAGE':
      return m.models_unit_image()
    case 'SECOND':
      return m.models_unit_second()
    case 'CHARACTER':
      return m.models_unit_character()
    case 'REQUEST':
      return m.models_unit_request()
    case 'WEB_SEARCH':
      return m.models_unit_web_search()
    case 'FILE_SEARCH':
      return m.models_unit_file_search()
    case 'CODE_SESSION':
      return m.models_unit_code_session()
    case 'TOOL_IMAGE':
      return m.models_unit_tool_image()
    case 'TEXT_MESSAGE':
      return m.models_unit_text_message()
  }
}

/** "$2.50 / $10": of a million tokens in and out; the first price where it has none of tokens. */
export function shortPrice({ base }: ModelPrice): string {
  const of = (unit: PriceUnit) => base.find((each) => each.unit === unit)
  const input = of('INPUT_TOKEN')
  const output = of('OUTPUT_TOKEN')
  if (input || output) return `${formatUsd(input?.usd)} / ${formatUsd(output?.usd)}`
  const [first] = base
  return first ? formatUsd(first.usd) : '–'
}

/** What the short price is of, where it is not of a million tokens; null where it is. */
export function shortPriceUnit({ base }: ModelPrice): string | null {
  const [first] = base
  if (!first || base.some(({ unit }) => unit === 'INPUT_TOKEN' || unit === 'OUTPUT_TOKEN')) return null
  return unitText(first.unit)
}

/** Every unit with its price: on lines of a title, or in one line. */
export function wholePrice({ base }: ModelPrice, between = '\n'): string {
  return base
    .map(({ unit, usd }) => m.models_price_of_unit({ unit: unitText(unit), price: formatUsd(usd) }))
    .join(between)
}

/** What one unit costs, and what the list says where that is something else; null: it has no price of its own. */
export type PriceLine = { unit: PriceUnit; usd: string | null; listUsd: string | null }

/** The units of a price, and those that the list price alone has. `list`: null where the price is the list price itself. */
export function priceLines(price: ModelPrice, list: ModelPrice | null): PriceLine[] {
  const listed = new Map(list?.base.map(({ unit, usd }) => [unit, usd]))
  const own = price.base.map(({ unit, usd }): PriceLine => {
    const listUsd = listed.get(unit) ?? null
    listed.delete(unit)
    return { unit, usd, listUsd: formatUsd(listUsd) === formatUsd(usd) ? null : listUsd }
  })
  return [...own, ...[...listed].map(([unit, listUsd]) => ({ unit, usd: null, listUsd }))]
}
