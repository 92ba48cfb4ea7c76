// Why a sign-in at a provider did not come to its end, each by a name that the console has a text for.

export const SSO_FAULTS = [
  'NOT_CONFIGURED',
  'PROVIDER_UNREACHABLE',
  'PROVIDER_INVALID',
  'CLIENT_REFUSED',
  'DENIED_AT_PROVIDER',
  'SIGN_IN_ENDED',
  'TOKEN_REFUSED',
  'NOT_ADMITTED',
  'EMAIL_REFUSED',
  'NO_ROLE',
  'ADMIN_DISABLED',
  'OTHER_PERSON',
  'NOT_FRESH',
  'LINKED_ELSEWHERE',
  'LINK_FIRST',
  'INVITATION_ENDED',
  'TOO_MANY',
] as const
export type SsoFault = (typeof SSO_FAULTS)[number]

const MESSAGES: Record<SsoFault, string> = {
  NOT_CONFIGURED: 'No provider is set up here.',
  PROVIDER_UNREACHABLE: 'The provider does not respond. Sign in with a password, or try again later.',
  PROVIDER_INVALID: 'The provider responds in a way that cannot be used.',
  CLIENT_REFUSED: 'The provider refuses the client id or the client secret of this server.',
  DENIED_AT_PROVIDER: 'The sign-in was refused or cancelled at the provider.',
  SIGN_IN_ENDED: 'This sign-in has ended, was used, or was begun in another browser. Begin again.',
  TOKEN_REFUSED: 'What the provider says of you cannot be verified.',
  NOT_ADMITTED: 'Nobody has invited this account. Ask an owner for an invitation.',
  EMAIL_REFUSED: 'The account has no verified e-mail address of a domain that is allowed here.',
  NO_ROLE: 'The provider gives this account no role here. Ask who administers the provider.',
  ADMIN_DISABLED: 'This admin is disabled. Ask an owner.',
  OTHER_PERSON: 'That is another account than the one that is signed in.',
  NOT_FRESH: 'The provider did not ask for the sign-in anew. Sign out at the provider, then try again.',
  LINKED_ELSEWHERE: 'This account is linked to another admin.',
  LINK_FIRST:
    'An admin here has the e-mail address of this account. Sign in as that admin, and link the account there.',
  TOO_MANY: 'Too many sign-ins of your network. Try again in 60 seconds.',
  INVITATION_ENDED: 'The invitation is used, revoked or expired. Ask an owner for a new one.',
}

/** What a person is told. */
export function ssoMessage(fault: SsoFault): string {
  return MESSAGES[fault]
}
