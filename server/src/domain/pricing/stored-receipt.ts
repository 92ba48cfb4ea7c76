// A receipt as a request log keeps it: JSON, short, since every metered call has one.
import { FEE_UNITS, PRICE_UNITS, type PriceSource, type PriceUnit } from './prices.ts'
import type { Receipt, ReceiptLine } from './receipt.ts'

/**
 * `v`: the version of this format, where it is not 1: 2 has fees, tokens of images, `tier` and `"UPSTREAM"`, 3 tokens of audio and images from a cache, and 4 cache writes for an hour, videos, citations and text messages. `by`: `"OVERRIDE"`, `"UPSTREAM"`, or the catalog with provider, model and day; absent: no price is known. `counts`: the convention,
 * where it is not INCLUSIVE. `tier`: the service tier that the prices do not hold for. `lines`: unit, quantity, nano-USD for a million of it (null: no price).
 * `also`: units that were counted and are not billed.
 */
type Stored = {
  v?: 2 | 3 | 4
  by?: 'OVERRIDE' | 'UPSTREAM' | [catalog: string, provider: string, model: string, asOf: string]
  counts?: 'EXCLUSIVE'
  tier?: string
  lines: [PriceUnit, number, number | null][]
  also?: CountedUnit[]
}

/** A unit that a call used without being billed by it, such as the images of a call that is billed by tokens. */
export type CountedUnit = [unit: PriceUnit, quantity: number]

/** A receipt read again; what it came to stands beside it in the log. */
export type StoredReceipt = Omit<Receipt, 'costNanoUsd' | 'cacheSavedNanoUsd'>

// The text of a source is the same for every call of a model.
const sources = new WeakMap<PriceSource, string>()

const NEWEST = 4

/** The text of a receipt, with units that were counted beside it. */
export function receiptText(
  { source, convention, unpricedTier, lines }: StoredReceipt,
  also: readonly CountedUnit[] = [],
): string {
  let text = '{'
  if (lines.some(isNewest)) text += '"v":4,'
  else if (lines.some(isOfCache)) text += '"v":3,'
  else if (unpricedTier !== null || source?.kind === 'UPSTREAM' || lines.some(isNewer)) text += '"v":2,'
  if (source !== null) text += sourceText(source)
  if (convention === 'EXCLUSIVE') text += '"counts":"EXCLUSIVE",'
  if (unpricedTier !== null) text += `"tier":${JSON.stringify(unpricedTier)},`
  text += '"lines":['
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]
    if (line === undefined) continue
    text += `${at === 0 ? '' : ','}["${line.unit}",${line.quantity},${line.nanoUsdPerMillion}]`
  }
  text += ']'
  if (also.length > 0) text += `,"also":${JSON.stringify(also)}`
  return `${text}}`
}

function sourceText(source: PriceSource): string {
  let text = sources.get(source)
  if (text === undefined) {
    const by: Stored['by'] =
      source.kind === 'CATALOG' ? [source.catalog, source.provider, source.model, source.asOf] : source.kind
    text = `"by":${JSON.stringify(by)},`
    sources.set(source, text)
  }
  return text
}

/** A line that version 1 does not have. */
function isNewer({ unit }: ReceiptLine): boolean {
  return unit === 'inputImageToken' || unit === 'outputImageToken' || isFee(unit)
}

/** A line that version 2 does not have either. */
function isOfCache({ unit }: ReceiptLine): boolean {
  return unit === 'cachedInputAudioToken' || unit === 'cachedInputImageToken'
}

/** A line that version 3 does not have either. */
function isNewest({ unit }: ReceiptLine): boolean {
  return NEWEST_UNITS.has(unit)
}

const NEWEST_UNITS: ReadonlySet<PriceUnit> = new Set([
  'cacheWrite1hToken',
  'inputVideoToken',
  'outputVideoToken',
  'citationToken',
  'textMessage',
])

function isFee(unit: PriceUnit): boolean {
  return (FEE_UNITS as readonly PriceUnit[]).includes(unit)
}

/** Null where there is none, or what is stored is none, or of a later version. */
export function storedReceipt(text: string | null): StoredReceipt | null {
  if (text === null) return null
  try {
    const { v = 1, by, counts, tier, lines } = JSON.parse(text) as Partial<Stored>
    if (v > NEWEST || !Array.isArray(lines) || !lines.every(isLine)) return null
    return {
      source: sourceOf(by),
      convention: counts === 'EXCLUSIVE' ? 'EXCLUSIVE' : 'INCLUSIVE',
      unpricedTier: typeof tier === 'string' ? tier : null,
      lines: lines.map(
        ([unit, quantity, nanoUsdPerMillion]): ReceiptLine => ({ unit, quantity, nanoUsdPerMillion }),
      ),
    }
  } catch {
    return null
  }
}

/** What the text of a receipt has counted beside its lines. */
export function countedBeside(text: string | null): CountedUnit[] {
  if (text === null || !text.includes('"also"')) return []
  try {
    const { also } = JSON.parse(text) as Partial<Stored>
    return Array.isArray(also) ? also.filter(([unit, quantity]) => isLine([unit, quantity, null])) : []
  } catch {
    return []
  }
}

function sourceOf(by: Stored['by']): PriceSource | null {
  if (by === undefined) return null
  if (by === 'OVERRIDE' || by === 'UPSTREAM') return { kind: by }
  const [catalog, provider, model, asOf] = by
  return { kind: 'CATALOG', catalog, provider, model, asOf }
}

function isLine(value: unknown): value is Stored['lines'][number] {
  if (!Array.isArray(value)) return false
  const [unit, quantity, price] = value as unknown[]
  return (
    PRICE_UNITS.includes(unit as PriceUnit) &&
    typeof quantity === 'number' &&
    (price === null || Number.isSafeInteger(price))
  )
}
