// Labels whose keys share limits: who is restricted to owners neither puts them on a key nor takes them off it, because other owners'
// keys count against the same limits.
import type { Actor } from '../../domain/admins/actor.ts'
import { type Label, labelText } from '../../domain/labels/label.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'

/** Whether an actor may change the labels of a key so; `before`: of a new key none. The limits count also while they are switched off. */
export async function mayRelabel(
  { labelLimit }: Pick<Store['prisma'], 'labelLimit'>,
  { owners }: Pick<Actor, 'owners'>,
  before: readonly Label[],
  after: readonly Label[],
): Promise<Result<null>> {
  const changed = owners === null ? [] : [...without(before, after), ...without(after, before)]
  if (changed.length === 0) return ok(null)
  const limited = await labelLimit.findFirst({
    where: { OR: changed.map(({ name, value }) => ({ labelName: name, labelValue: value })) },
    select: { labelName: true, labelValue: true },
  })
  if (limited === null) return ok(null)
  const label = labelText({ name: limited.labelName, value: limited.labelValue })
  const message = `labels: the keys with ${label} share limits with those of other owners. Ask an admin who is not restricted to owners to change it.`
  return failed('INVALID', 'labels', message)
}

function without(labels: readonly Label[], others: readonly Label[]): Label[] {
  return labels.filter(({ name, value }) => !others.some((one) => one.name === name && one.value === value))
}
