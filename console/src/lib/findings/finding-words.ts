// Findings in the reader's language: the code as a name, and what is known of the cause as a sentence.
import type { Finding, FindingCode, FindingSeverity } from '@latchkey/sdk'
import CircleAlert from '@lucide/svelte/icons/circle-alert'
import Info from '@lucide/svelte/icons/info'
import TriangleAlert from '@lucide/svelte/icons/triangle-alert'
import { formatDate, formatNumber, formatRelative } from '#lib/format.ts'
import { formatUsd, formatUsdLimit, formatUsdShort } from '#lib/format-money.ts'
import { m } from '#lib/paraglide/messages.js'
import { getLocale } from '#lib/paraglide/runtime.js'
import { firstAndMore, windowText } from '#lib/policy/policy-text.ts'
import { isBudgetWindow } from '#lib/policy/rule-windows.ts'

/** How a severity looks and what it is called, the gravest first. */
export const severities = {
  HIGH: { text: m.findings_high, tone: 'bad', icon: CircleAlert },
  MEDIUM: { text: m.findings_medium, tone: 'warn', icon: TriangleAlert },
  LOW: { text: m.findings_low, tone: 'plain', icon: Info },
} as const satisfies Record<FindingSeverity, unknown>

const grades = Object.keys(severities)

/** The gravest first. */
export function bySeverity<Each extends { readonly severity: FindingSeverity }>(
  findings: readonly Each[],
): Each[] {
  return findings.toSorted((a, b) => grades.indexOf(a.severity) - grades.indexOf(b.severity))
}

const names: Record<FindingCode, () => string> = {
  KEY_BUDGET_SPENT: m.findings_name_budget_spent,
  KEY_UPSTREAM_FAILING: m.findings_name_upstream_failing,
  UPSTREAM_COOLING_DOWN: m.findings_name_cooling,
  DISK_NEARLY_FULL: m.findings_name_disk,
  LISTENS_WITHOUT_TLS: m.findings_name_tls,
  KEY_MODEL_REFUSED: m.findings_name_model_refused,
  KEY_BUDGET_OVER_80: m.findings_name_over_80,
  KEY_EXPIRES_SOON: m.findings_name_expires,
  KEY_FORMER_SECRET_USED: m.findings_name_former_secret,
  UPSTREAM_PLAIN_HTTP: m.findings_name_plain_http,
  ADMIN_WITHOUT_SECOND_FACTOR: m.findings_name_second_factor,
  NO_BACKUP_IN_7_DAYS: m.findings_name_backup,
  KEY_UNUSED: m.findings_name_unused,
  KEY_WITHOUT_LIMITS: m.findings_name_no_limits,
  KEY_ALLOWS_UNUSED_MODELS: m.findings_name_unused_models,
  KEY_NEVER_ROTATED: m.findings_name_old_secret,
  MODEL_WITHOUT_PRICE: m.findings_name_price,
  ADMIN_ALONE: m.findings_name_admin_alone,
}

/** Those whose name does not say of what it is, where it stands above many. */
const groupNames: Partial<Record<FindingCode, () => string>> = {
  KEY_UNUSED: m.findings_name_unused_keys,
  KEY_ALLOWS_UNUSED_MODELS: m.findings_name_keys_unused_models,
}

/** "Expires soon". Of a code that a newer server has: the code. */
export function findingName(code: FindingCode): string {
  return names[code]?.() ?? code
}

/** The same for all findings of a code together: "Unused keys". */
export function findingGroupName(code: FindingCode): string {
  return groupNames[code]?.() ?? findingName(code)
}

/** Whether this is a code of the schema. */
export function isFindingCode(text: string): text is FindingCode {
  return Object.hasOwn(names, text)
}

/** Of a code that a newer server has: its own message, to those who read English, else that it is unknown. */
export function unknownFinding(code: string, message: string): string {
  return getLocale() === 'en' ? message : m.findings_unknown({ code })
}

/** One or two sentences with what is known, as of `unknownFinding` for a code without words. `now`: ms since the epoch. */
export function findingSentence({ code, detail, message }: Finding, now: number): string {
  const when = detail.at == null ? '–' : formatRelative(String(detail.at), now)
  const calls = detail.calls == null ? '–' : formatNumber(detail.calls)
  switch (code) {
    case 'KEY_BUDGET_SPENT':
      return m.findings_says_budget_spent({ calls, when })
    case 'KEY_MODEL_REFUSED':
      return m.findings_says_model_refused({ calls, when })
    case 'KEY_UPSTREAM_FAILING':
      return m.findings_says_upstream_failing({ calls, when })
    case 'KEY_BUDGET_OVER_80':
      return overBudget(detail, formatUsdShort, formatUsdLimit)
    case 'KEY_EXPIRES_SOON':
      return m.findings_says_expires({ when })
    case 'KEY_UNUSED':
      return detail.at == null
        ? m.findings_says_never_used()
        : m.findings_says_unused({ when: `${when} (${formatDate(String(detail.at))})` })
    case 'KEY_FORMER_SECRET_USED':
      return m.findings_says_former_secret({ calls, when })
    case 'KEY_ALLOWS_UNUSED_MODELS':
      return m.findings_says_unused_models({ models: firstAndMore(detail.models ?? []) })
    case 'KEY_WITHOUT_LIMITS':
      return m.findings_says_no_limits()
    case 'KEY_NEVER_ROTATED':
      return m.findings_says_old_secret()
    case 'UPSTREAM_COOLING_DOWN':
      return m.findings_says_cooling()
    case 'UPSTREAM_PLAIN_HTTP':
      return m.findings_says_plain_http()
    case 'MODEL_WITHOUT_PRICE':
      return m.findings_says_price()
    case 'ADMIN_ALONE':
      return m.findings_says_admin_alone()
    case 'ADMIN_WITHOUT_SECOND_FACTOR':
      return m.findings_says_second_factor()
    case 'NO_BACKUP_IN_7_DAYS':
      return m.findings_says_backup()
    case 'DISK_NEARLY_FULL':
      return m.findings_says_disk()
    case 'LISTENS_WITHOUT_TLS':
      return m.findings_says_tls()
    default:
      return unknownFinding(code, message)
  }
}

/** The amounts of a sentence with every digit, for its title; undefined where it has none. */
export function exactSentence({ code, detail }: Finding): string | undefined {
  return code === 'KEY_BUDGET_OVER_80' ? overBudget(detail, formatUsd, formatUsd) : undefined
}

function overBudget(
  { usedPercent, spentUsd, limitUsd, window }: Finding['detail'],
  spent: typeof formatUsd,
  limit: typeof formatUsd,
): string {
  return m.findings_says_over_80({
    percent: usedPercent == null ? '–' : formatNumber(usedPercent),
    spent: spent(spentUsd),
    limit: limit(limitUsd),
    window: windowOf(window),
  })
}

/** Of a window that a newer server has: its name. */
function windowOf(window: string | null): string {
  return isBudgetWindow(window) ? windowText(window) : (window ?? '–')
}
