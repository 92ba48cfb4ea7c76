// What the database refused, where a check before the change could not know: another change came in between.

/** Which rule of the database an error is about; null where it is about none. https://www.prisma.io/docs/orm/reference/error-reference */
export function brokenConstraint(error: unknown): 'unique' | 'foreign-key' | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  if (error.code === 'P2002') return 'unique'
  // Restricting a deletion is a relation's violation (P2014) to Prisma, or the foreign key's own (P2003).
  return error.code === 'P2003' || error.code === 'P2014' ? 'foreign-key' : null
}
