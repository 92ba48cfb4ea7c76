// Reading label limits: all of them, those of one label, or those with a text in their names.
import type { Label } from '../../domain/labels/label.ts'
import { type IdPage, newestFirst, pageArgs } from '../../store/id-page.ts'
import { countByName, findIdsByName } from '../../store/queries/organization/name-search.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { LabelLimitRow } from './label-limit-row.ts'

/** Which label limits: of one label, or with `search` in their name or their label, in any case. Neither: all. */
export type LabelLimitChoice = { label?: Label } | { search: string }

/** A page of label limits, newest first. */
export async function findLabelLimits(
  { store }: ControlPlane,
  choice: LabelLimitChoice,
  page: IdPage,
): Promise<LabelLimitRow[]> {
  if ('search' in choice) {
    const ids = await findIdsByName(store, 'LabelLimit', choice.search, page)
    return store.prisma.labelLimit.findMany({ where: { id: { in: ids } }, orderBy: { id: 'desc' } })
  }
  const args = pageArgs(page)
  return newestFirst(
    page,
    await store.prisma.labelLimit.findMany({ ...args, where: { ...args.where, ...withLabel(choice) } }),
  )
}

/** How many match in all. */
export function countLabelLimits({ store }: ControlPlane, choice: LabelLimitChoice): Promise<number> {
  if ('search' in choice) return countByName(store, 'LabelLimit', choice.search)
  return store.prisma.labelLimit.count({ where: withLabel(choice) })
}

function withLabel({ label }: { label?: Label }): { labelName?: string; labelValue?: string } {
  return label === undefined ? {} : { labelName: label.name, labelValue: label.value }
}
