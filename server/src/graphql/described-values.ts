/** The values of an enum: each member stands for itself, with its description. */
export function describedValues<Member extends string>(
  members: readonly Member[],
  descriptions: Readonly<Record<Member, string>>,
): Record<Member, { value: Member; description: string }> {
  return Object.fromEntries(
    members.map((member) => [member, { value: member, description: descriptions[member] }]),
  ) as Record<Member, { value: Member; description: string }>
}
