// What labels are used for: how many keys have each, and what is spent with it.
import type { Actor } from '../../domain/admins/actor.ts'
import { labelsIn, labelText } from '../../domain/labels/label.ts'
import { usdOf } from '../../domain/pricing/money.ts'
import { readMonthSpendOf } from '../../store/queries/keys/sorted-keys.ts'
import { type KeyLabel, readKeyLabels } from '../../store/queries/labels/key-labels.ts'
import { readLabelBudgets } from '../alerts/evaluate/read-shared-budgets.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type BudgetUsage, usageByNumber } from '../keys/budgets/key-budgets.ts'

/** Labels of the keys that the actor may see, those of most keys first; `limited` as `readKeyLabels` has it. */
export function findKeyLabels(
  { store }: ControlPlane,
  { owners }: Pick<Actor, 'owners'>,
  { limited, limit }: { limited: boolean | undefined; limit: number },
): Promise<KeyLabel[]> {
  return readKeyLabels(store, { owners, limited, limit })
}

/** How many keys that the actor may see have each of these labels (`env=prod`); a label of none is absent. */
export async function countKeysOfLabels(
  { store }: ControlPlane,
  { owners }: Pick<Actor, 'owners'>,
  texts: readonly string[],
): Promise<Map<string, number>> {
  const labels = texts.flatMap(labelsIn)
  const found = await readKeyLabels(store, { owners, labels, limit: texts.length })
  return new Map(found.map((label) => [labelText(label), label.keyCount]))
}

/** What was spent with each of these labels this month, in UTC, in US dollars; a label without any spend is absent. */
export async function monthSpendOfLabels(
  plane: ControlPlane,
  texts: readonly string[],
): Promise<Map<string, string>> {
  await plane.ledger.settled()
  const spent = await readMonthSpendOf(plane.store, 'LABEL_DAY', texts, plane.clock())
  return new Map([...spent].map(([text, nanoUsd]) => [text, usdOf(nanoUsd)]))
}

/** The enforced budgets of these label limits, by number; limits without any are absent. */
export async function budgetUsageOfLabelLimits(
  plane: ControlPlane,
  numbers: readonly number[],
): Promise<Map<number, BudgetUsage[]>> {
  await plane.ledger.settled()
  return usageByNumber(await readLabelBudgets(plane.store, numbers, plane.clock()))
}
