// The way to the provider and back. What belongs to a sign-in is kept in its own tab: no other tab, and no other site, can end it.
import { SsoError, type SsoFault, type SsoPurpose } from '@latchkey/sdk'
import { errorText } from '#lib/error-text.ts'
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'
import { keepInTab, keptInTab } from '#lib/preferences/kept-value.ts'

const KEPT = 'latchkey.sso'
const CHANNEL = 'latchkey.sso'

type Kept = { token: string; purpose: SsoPurpose; to: string | null }

/** What is asked in a window of its own, and the page that asks there. */
const WINDOWS = { CONFIRM: '/login/sso/confirm', SIGN_IN: '/login/sso/again' } as const
export type WindowPurpose = keyof typeof WINDOWS

/**
 * Sends this tab to the provider. `to`: where to go afterwards, a path of this site; null: this is a window beside the page that has asked.
 * `invitationToken`: of the invitation that is accepted with the account.
 */
export async function goToProvider(
  purpose: SsoPurpose,
  to: string | null,
  invitationToken?: string,
): Promise<void> {
  const { url, token } = await latchkey.sso.start({ purpose, invitationToken })
  keepInTab(KEPT, JSON.stringify({ token, purpose, to } satisfies Kept))
  location.assign(url)
}

/**
 * Asks at the provider in a window of its own, so that what is open here stays as it is.
 *
 * @param ondone called once, when it has been done there.
 * @returns what stops waiting for it, or null where the browser lets no window open.
 */
export function askInWindow(purpose: WindowPurpose, ondone: () => void): (() => void) | null {
  const channel = new BroadcastChannel(CHANNEL)
  const stop = () => channel.close()
  channel.onmessage = ({ data }) => {
    if (data !== purpose) return
    stop()
    ondone()
  }
  if (window.open(windowPath(purpose), '_blank', 'popup,width=520,height=720')) return stop
  stop()
  return null
}

/** The page that asks at the provider in a window of its own. */
export function windowPath(purpose: WindowPurpose): string {
  return WINDOWS[purpose]
}

/** Tells the page that has asked that it is done in this window. */
export function tellPage(purpose: WindowPurpose): void {
  new BroadcastChannel(CHANNEL).postMessage(purpose)
}

/** What this tab has kept, once; null where it has begun nothing. */
export function takeKept(): Kept | null {
  const text = keptInTab(KEPT)
  keepInTab(KEPT, null)
  return text === null ? null : (JSON.parse(text) as Kept)
}

/** Why a sign-in at the provider came to nothing. */
export function ssoErrorText(error: unknown): string {
  if (!(error instanceof SsoError)) return errorText(error)
  return isFault(error.fault) ? FAULTS[error.fault]() : m.sso_unknown_fault({ code: error.fault })
}

/** What a fault of a sign-in at the provider means. Of one that a newer server has: that it is unknown, and its name. */
export function ssoFaultText(fault: SsoFault): string {
  return FAULTS[fault]?.() ?? m.sso_unknown_fault({ code: fault })
}

const isFault = (name: string): name is SsoFault => Object.hasOwn(FAULTS, name)

const FAULTS: Record<SsoFault, () => string> = {
  NOT_CONFIGURED: m.sso_not_configured,
  PROVIDER_UNREACHABLE: m.sso_provider_unreachable,
  PROVIDER_INVALID: m.sso_provider_invalid,
  CLIENT_REFUSED: m.sso_client_refused,
  DENIED_AT_PROVIDER: m.sso_denied_at_provider,
  SIGN_IN_ENDED: m.sso_sign_in_ended,
  TOKEN_REFUSED: m.sso_token_refused,
  NOT_ADMITTED: m.sso_not_admitted,
  EMAIL_REFUSED: m.sso_email_refused,
  NO_ROLE: m.sso_no_role,
  ADMIN_DISABLED: m.sso_admin_disabled,
  OTHER_PERSON: m.sso_other_person,
  NOT_FRESH: m.sso_not_fresh,
  LINKED_ELSEWHERE: m.sso_linked_elsewhere,
  LINK_FIRST: m.sso_link_first,
  INVITATION_ENDED: m.sso_invitation_ended,
  TOO_MANY: m.sso_too_many,
}
