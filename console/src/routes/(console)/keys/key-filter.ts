// The key list's URL parameters as the server's filter and order.
import type {
  ApiKeyCounts,
  ApiKeyFilter,
  ApiKeyOrder,
  ApiKeyOrderField,
  ApiKeyStatus,
  FindingCode,
} from '@latchkey/sdk'
import { findingName, isFindingCode } from '#lib/findings/finding-words.ts'
import { m } from '#lib/paraglide/messages.js'

type Params = Pick<URLSearchParams, 'get'>
type Chip = {
  text: () => string
  /** How many there are, of the counts of all keys. */
  count: keyof ApiKeyCounts
  tone?: 'bad' | 'warn'
} & ({ finding: FindingCode[] } | { status: ApiKeyStatus[] })

/** What `?show=` may be: counted as `apiKeyCounts` counts, so that a chip and its list agree. */
export const chips: Readonly<Record<string, Chip>> = {
  failing: {
    text: m.keys_failing,
    count: 'failing',
    tone: 'bad',
    finding: ['KEY_BUDGET_SPENT', 'KEY_MODEL_REFUSED', 'KEY_UPSTREAM_FAILING'],
  },
  'over-80': { ...chipOf('KEY_BUDGET_OVER_80'), count: 'overBudget80', tone: 'warn' },
  expiring: { ...chipOf('KEY_EXPIRES_SOON'), count: 'expiringSoon', tone: 'warn' },
  unused: { ...chipOf('KEY_UNUSED'), count: 'unused' },
  'no-limit': { ...chipOf('KEY_WITHOUT_LIMITS'), count: 'withoutLimits' },
  active: { text: m.status_active, count: 'active', status: ['ACTIVE'] },
  disabled: { text: m.status_disabled, count: 'disabled', status: ['DISABLED'] },
  expired: { text: m.status_expired, count: 'expired', status: ['EXPIRED'] },
  revoked: { text: m.status_revoked, count: 'revoked', status: ['REVOKED'] },
}

/** Named as the findings are. */
function chipOf(code: FindingCode) {
  return { text: () => findingName(code), finding: [code] }
}

/** What columns are sorted by, on the server. */
const orders: Readonly<Record<string, ApiKeyOrderField>> = {
  name: 'NAME',
  spend: 'SPEND',
  calls: 'CALLS',
  used: 'LAST_USED_AT',
  expires: 'EXPIRES_AT',
  created: 'CREATED_AT',
}

/** The order where the URL has none. */
export const usualSort = '-created'

type Label = { name: string; value: string }

/** What `?q=`, `?show=`, `?finding=`, `?owner=` and `?label=` ask for, and a secret, which is in no URL. `finding` goes before `show`. */
export function keyFilter(params: Params, secret: string): ApiKeyFilter {
  const search = secret || params.get('q')
  const chip = chips[params.get('show') ?? '']
  const codes = findingCodes(params)
  const finding = codes.length > 0 ? codes : chip && 'finding' in chip ? chip.finding : undefined
  const owner = params.get('owner')
  const label = readLabel(params.get('label'))
  return {
    ...(search ? { search } : {}),
    ...(finding ? { finding } : {}),
    ...(chip && 'status' in chip ? { status: chip.status } : {}),
    ...(owner ? { ownerId: [owner] } : {}),
    ...(label ? { labels: [label] } : {}),
  }
}

/** The codes of `?finding=`, separated by commas. */
export function findingCodes(params: Params): FindingCode[] {
  return findingTexts(params).filter(isFindingCode)
}

/** What `?sort=` asks for: the id of a column, with a minus before it for the other direction. */
export function keyOrder(params: Params): ApiKeyOrder {
  const sort = params.get('sort') ?? usualSort
  const field = orders[sort.replace(/^-/, '')] ?? 'CREATED_AT'
  return { field, direction: sort.startsWith('-') ? 'DESC' : 'ASC' }
}

/** Parameters whose values mean nothing here, as from an old link: they are said, and not dropped in silence. */
export function unknownParams(params: Params): string[] {
  const [show, sort, label] = [params.get('show'), params.get('sort'), params.get('label')]
  return [
    ...(show && !chips[show] ? [`show=${show}`] : []),
    ...findingTexts(params)
      .filter((text) => !isFindingCode(text))
      .map((text) => `finding=${text}`),
    ...(sort && !orders[sort.replace(/^-/, '')] ? [`sort=${sort}`] : []),
    ...(label && !readLabel(label) ? [`label=${label}`] : []),
  ]
}

function findingTexts(params: Params): string[] {
  return (params.get('finding') ?? '').split(',').filter(Boolean)
}

function readLabel(text: string | null): Label | null {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text ?? '') ?? []
  return name && value ? { name, value } : null
}
