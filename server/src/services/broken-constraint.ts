// What the database refused, where a check before the change could not know: another change came in between.
import type { Result } from '../domain/user-error.ts'

type Constraint = 'unique' | 'foreign-key'

/** Which rule of the database an error is about; null where it is about none. https://www.prisma.io/docs/orm/reference/error-reference */
export function brokenConstraint(error: unknown): Constraint | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  if (error.code === 'P2002') return 'unique'
  // Restricting a deletion is a relation's violation (P2014) to Prisma, or the foreign key's own (P2003).
  return error.code === 'P2003' || error.code === 'P2014' ? 'foreign-key' : null
}

/** Runs a change. Where it breaks a rule of the database, its result is the problem that a check before it would have found. */
export async function withConstraintProblems<T>(
  problems: Partial<Record<Constraint, () => Result<never>>>,
  change: () => Promise<Result<T>>,
): Promise<Result<T>> {
  try {
    return await change()
  } catch (error) {
    const broken = brokenConstraint(error)
    const problem = broken === null ? undefined : problems[broken]
    if (problem === undefined) throw error
    return problem()
  }
}
