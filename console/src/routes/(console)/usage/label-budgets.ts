// Which budgets are of the values of a label.
import type { LabelLimit, LabelLimitUsage } from '@latchkey/sdk'

type UsedBudgets = LabelLimitUsage['budgetUsage']

/** The limits, of those of all labels, that are of the label of this name and in force. */
export function limitsOfLabel(limits: readonly LabelLimit[], name: string): LabelLimit[] {
  return limits.filter(({ enabled, label }) => enabled && label.name === name)
}

/** What is used of their budgets, by the value of the label; of limits of one label together. */
export function budgetsByValue(
  limits: readonly LabelLimit[],
  usage: ReadonlyMap<string, LabelLimitUsage>,
): Map<string, UsedBudgets> {
  const byValue = Map.groupBy(limits, ({ label }) => label.value)
  return new Map(
    [...byValue].map(([value, own]) => [value, own.flatMap(({ id }) => usage.get(id)?.budgetUsage ?? [])]),
  )
}
