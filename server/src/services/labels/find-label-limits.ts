// Reading label limits: all of them, or those of one label.
import type { Label } from '../../domain/labels/label.ts'
import { type IdPage, newestFirst, pageArgs } from '../../store/id-page.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { LabelLimitRow } from './label-limit-row.ts'

/** A page of label limits, newest first; `label` null: of every label. */
export async function findLabelLimits(
  { store }: ControlPlane,
  label: Label | null,
  page: IdPage,
): Promise<LabelLimitRow[]> {
  const args = pageArgs(page)
  return newestFirst(
    page,
    await store.prisma.labelLimit.findMany({ ...args, where: { ...args.where, ...withLabel(label) } }),
  )
}

/** How many there are in all. */
export function countLabelLimits({ store }: ControlPlane, label: Label | null): Promise<number> {
  return store.prisma.labelLimit.count({ where: withLabel(label) })
}

function withLabel(label: Label | null): { labelName?: string; labelValue?: string } {
  return label === null ? {} : { labelName: label.name, labelValue: label.value }
}
