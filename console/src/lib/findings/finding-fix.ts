// The one step that mends a finding: a screen to open, or something that is done on the spot.
import type { Finding } from '@latchkey/sdk'
import type { ScopedStep } from '#lib/components/controls/ScopedAction.svelte'
import { m } from '#lib/paraglide/messages.js'

type Code = Finding['code']
type Subject = Pick<Finding, 'code' | 'targetId' | 'targetType'>

/** `href`: the screen; `verb`: what a dialog asks about first; `scope`: what it needs beyond reading. */
export type FindingFix =
  | { text: string; href: string; scope?: ScopedStep['scope'] }
  | { text: string; verb: 'extend' | 'revoke'; scope: 'keys:write' }

const write = { scope: 'keys:write' } as const
const keyTabs: Partial<Record<Code, { text: () => string; query: string; scope?: 'keys:write' }>> = {
  KEY_BUDGET_SPENT: { text: m.findings_fix_budget, query: '?tab=limits', ...write },
  KEY_BUDGET_OVER_80: { text: m.findings_fix_budget, query: '?tab=limits', ...write },
  KEY_MODEL_REFUSED: { text: m.findings_fix_models, query: '?tab=limits', ...write },
  KEY_ALLOWS_UNUSED_MODELS: { text: m.findings_fix_models, query: '?tab=limits', ...write },
  KEY_WITHOUT_LIMITS: { text: m.findings_fix_limits, query: '?tab=limits', ...write },
  KEY_UPSTREAM_FAILING: { text: m.findings_fix_calls, query: '?tab=logs&outcome=ERROR' },
  KEY_FORMER_SECRET_USED: { text: m.findings_fix_secret, query: '?tab=secret' },
  KEY_NEVER_ROTATED: { text: m.findings_fix_rotate, query: '?tab=secret', ...write },
}

/** The screen of what a finding is about; undefined for the server itself, and where no screen `opens`. */
export function subjectHref(
  { targetId, targetType }: Subject,
  opens: (screen: string) => boolean,
): string | undefined {
  const screen = { ApiKey: '/keys', Upstream: '/upstreams', Model: '/models' }[targetType ?? '']
  if (screen === undefined || targetId === null || !opens(screen)) return undefined
  // Of a model that is none of ours the id is a name, which has no page.
  if (targetType === 'Model' && !/^mdl_\d+$/.test(targetId)) return screen
  return `${screen}/${encodeURIComponent(targetId)}`
}

/** Undefined where nothing in the console mends it, or the screen that does is not open to the reader. */
export function fixOf(finding: Subject, opens: (screen: string) => boolean): FindingFix | undefined {
  const { code } = finding
  const subject = subjectHref(finding, opens)
  const tab = keyTabs[code]
  if (tab)
    return subject === undefined
      ? undefined
      : { text: tab.text(), href: subject + tab.query, ...(tab.scope && { scope: tab.scope }) }
  const screen = (href: string, text: string) => (opens(href) ? { text, href } : undefined)
  switch (code) {
    case 'KEY_EXPIRES_SOON':
      return { text: m.findings_fix_expiry(), verb: 'extend', scope: 'keys:write' }
    case 'KEY_UNUSED':
      return { text: m.findings_fix_revoke(), verb: 'revoke', scope: 'keys:write' }
    case 'UPSTREAM_COOLING_DOWN':
    case 'UPSTREAM_PLAIN_HTTP':
      return subject === undefined ? undefined : { text: m.findings_fix_upstream(), href: subject }
    case 'MODEL_WITHOUT_PRICE':
      if (subject === undefined) return undefined
      return {
        text: m.findings_fix_price(),
        href: subject === '/models' ? subject : `${subject}?do=price`,
        scope: 'models:write',
      }
    case 'ADMIN_ALONE':
      return opens('/people') ? { text: m.findings_fix_invite(), href: '/people?invite=1' } : undefined
    case 'ADMIN_WITHOUT_SECOND_FACTOR':
      return screen('/people', m.findings_fix_people())
    case 'NO_BACKUP_IN_7_DAYS':
      return opens('/backup')
        ? { text: m.findings_fix_backup(), href: '/backup', scope: 'settings:write' }
        : undefined
    case 'DISK_NEARLY_FULL':
      return opens('/settings')
        ? { text: m.findings_fix_retention(), href: '/settings', scope: 'settings:write' }
        : undefined
    case 'LISTENS_WITHOUT_TLS':
      return screen('/settings', m.findings_fix_settings())
    default:
      return undefined
  }
}
