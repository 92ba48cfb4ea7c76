// The second step of signing in: what an admin shows after a right password.
import type { Requester } from '../../domain/admins/actor.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import { auditSignInFailure } from '../sign-in/audit-failure.ts'
import { openSession, type SessionDeps, type SignedIn } from '../sign-in/open-session.ts'
import type { Challenges } from './challenges.ts'
import { checkFactor, type Factor } from './check-factor.ts'
import type { CodeThrottle } from './code-throttle.ts'
import type { ConfirmMeans } from './means.ts'

/** As long as it takes to find a telephone. */
const STEP_MS = 300_000

/** What is still asked for after the password. `token` names the sign-in; it works for five minutes, and once. */
export type SecondStep = { token: string; means: ConfirmMeans[] }

export type SecondStepDeps = SessionDeps & { challenges: Challenges; codes: CodeThrottle }

/** Begins the second step of an admin who has shown the password. */
export function beginSecondStep(
  { challenges, clock }: Pick<SecondStepDeps, 'challenges' | 'clock'>,
  adminId: number,
  means: ConfirmMeans[],
): SecondStep {
  return { token: challenges.mint('second step', { adminId }, clock()), means }
}

/**
 * Verifies the second factor and opens the session. A wrong code leaves the token good; WRONG_CREDENTIALS for both, THROTTLED after
 * ten codes in an hour.
 */
export async function completeSecondStep(
  deps: SecondStepDeps,
  client: Requester,
  sent: { token: string } & Factor,
  cookies: string | undefined,
): Promise<Result<SignedIn>> {
  const { challenges, clock, store } = deps
  const data = challenges.open('second step', sent.token, STEP_MS, clock())
  if (data === null) return tokenEnded()
  const admin = await store.prisma.admin.findUnique({ where: { id: Number(data.adminId) } })
  if (admin === null || admin.disabledAt !== null) return tokenEnded()
  const checked = await checkFactor(deps, admin, sent)
  if (!checked.ok) {
    // What is not verified is not audited: of wrong codes there are ten in an hour, of the others any number.
    if (checked.errors[0]?.code === 'WRONG_CREDENTIALS')
      await auditSignInFailure(deps, client, admin, 'second factor')
    return checked
  }
  // Of two requests with two right codes, one signs in.
  if (!challenges.spend(sent.token)) return tokenEnded()
  return ok(await openSession(deps, client, admin, 'PASSWORD', cookies))
}

function tokenEnded(): Result<never> {
  return failed('WRONG_CREDENTIALS', 'token', 'This sign-in has ended. Begin again with the password.')
}
