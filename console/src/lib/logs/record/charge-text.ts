// What is billed, and why a cost is not known, in the reader's language.
import type { Receipt } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

type Unit = Receipt['lines'][number]['unit']

const units: Record<Unit, () => string> = {
  CACHED_INPUT_AUDIO_TOKEN: m.logs_unit_cached_audio,
  CACHED_INPUT_IMAGE_TOKEN: m.logs_unit_cached_image,
  CACHED_INPUT_TOKEN: m.cached_input_tokens,
  CACHE_WRITE_1H_TOKEN: m.logs_unit_cache_write_1h,
  CACHE_WRITE_TOKEN: m.cache_write_input_tokens,
  CHARACTER: m.logs_unit_character,
  CITATION_TOKEN: m.logs_unit_citation,
  CODE_SESSION: m.logs_unit_code_session,
  FILE_SEARCH: m.logs_unit_file_search,
  IMAGE: m.logs_unit_image,
  INPUT_AUDIO_TOKEN: m.logs_unit_input_audio,
  INPUT_IMAGE_TOKEN: m.logs_unit_input_image,
  INPUT_TOKEN: m.input_tokens,
  INPUT_VIDEO_TOKEN: m.logs_unit_input_video,
  OUTPUT_AUDIO_TOKEN: m.logs_unit_output_audio,
  OUTPUT_IMAGE_TOKEN: m.logs_unit_output_image,
  OUTPUT_TOKEN: m.output_tokens,
  OUTPUT_VIDEO_TOKEN: m.logs_unit_output_video,
  REASONING_TOKEN: m.reasoning_tokens,
  REQUEST: m.logs_unit_request,
  SECOND: m.logs_unit_second,
  TEXT_MESSAGE: m.logs_unit_text_message,
  TOOL_IMAGE: m.logs_unit_tool_image,
  WEB_SEARCH: m.logs_unit_web_search,
}

/** What a line of a receipt counts, in the reader's language. */
export function unitText(unit: Unit): string {
  return units[unit]()
}

/** Prices of tokens and characters are for a million. */
export function isPerMillion(unit: Unit): boolean {
  return unit.endsWith('TOKEN') || unit === 'CHARACTER'
}

const unknown: Record<NonNullable<Receipt['unknownCostReason']>, () => string> = {
  NOT_COUNTED: m.logs_unknown_not_counted,
  NO_PRICE: m.logs_unknown_no_price,
  SERVICE_TIER: m.logs_unknown_service_tier,
  UNIT_WITHOUT_PRICE: m.logs_unknown_unit,
}

/** Why a cost is not known, in the reader's language. */
export function unknownCostText(reason: NonNullable<Receipt['unknownCostReason']>): string {
  return unknown[reason]()
}

const sources: Record<Receipt['priceSource'], () => string> = {
  CATALOG: m.logs_price_catalog,
  OVERRIDE: m.logs_price_override,
  UPSTREAM: m.logs_price_upstream,
  NONE: m.logs_price_none,
}

/** Where a price is from, in the reader's language. */
export function priceSourceText(source: Receipt['priceSource']): string {
  return sources[source]()
}
