// What a step of the test of the provider found, in the reader's language: by its code.
import type { SsoTestCode, SsoTestResult } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { ssoFaultText } from '#lib/sign-in/sso.ts'

type Detail = SsoTestResult['detail']

const texts: Readonly<Record<SsoTestCode, (detail: Detail) => string>> = {
  ISSUER_FOUND: ({ issuer }) => m.settings_sso_issuer({ issuer: issuer ?? '–' }),
  ENDPOINTS_FOUND: () => m.settings_sso_endpoints(),
  PKCE_SUPPORTED: () => m.settings_sso_pkce(),
  PKCE_NOT_SAID: () => m.settings_sso_pkce_not_said(),
  SIGNATURES_USABLE: (detail) => m.settings_sso_signatures({ names: listed(detail) }),
  KEYS_FOUND: ({ keys }) => m.settings_sso_keys({ count: formatNumber(keys ?? 0) }),
  CLIENT_KNOWN: () => m.settings_sso_client(),
  SIGN_OUT_BOTH: () => m.settings_sso_sign_out_both(),
  SIGN_OUT_HERE: () => m.settings_sso_sign_out_here(),
  SIGN_OUT_THERE: () => m.settings_sso_sign_out_there(),
  SIGN_OUT_NEITHER: () => m.settings_sso_sign_out_neither(),
  ENDPOINTS_MISSING: (detail) => m.settings_sso_endpoints_missing({ names: listed(detail) }),
  PKCE_WITHOUT_S256: () => m.settings_sso_pkce_missing(),
  SIGNATURES_UNUSABLE: (detail) => m.settings_sso_signatures_missing({ names: listed(detail) }),
  KEYS_URL_MISSING: () => m.settings_sso_keys_url_missing(),
  KEYS_MISSING: ({ status }) =>
    m.settings_sso_keys_missing({ status: status === null ? '–' : String(status) }),
  CODE_ACCEPTED: () => m.settings_sso_code_accepted(),
  FAILED: ({ fault }) => (fault === null ? '–' : ssoFaultText(fault)),
}

/** One sentence. Of a code that a newer server has: its own message. */
export function ssoTestText({ code, detail, message }: SsoTestResult): string {
  return texts[code]?.(detail) ?? message
}

const listed = ({ names }: Detail) => names?.join(', ') ?? '–'
