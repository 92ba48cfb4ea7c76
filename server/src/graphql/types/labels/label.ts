// Labels of keys and owners.
import { badInput } from '../../../domain/admin-errors.ts'
import { isLabelPart, type Label } from '../../../domain/labels/label.ts'
import { builder } from '../../builder.ts'

const NAME = '1 to 63 letters, digits, ".", "_" or "-", with a letter or digit at both ends.'

export const LabelRef = builder.objectRef<Label>('Label').implement({
  description: 'A label that an admin has put on a key or an owner: name=value.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name, as `env`.' }),
    value: t.exposeString('value', { description: 'The value, as `prod`.' }),
  }),
})

export const LabelInput = builder.inputType('LabelInput', {
  description: 'A label: name=value.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    value: t.string({ required: true, description: NAME }),
  }),
})

/** Checks the label of a filter. Throws BAD_USER_INPUT for what can be no label: PostgreSQL fails on a text with a NUL. */
export function checkLabel({ name, value }: Label, field: string): void {
  if (isLabelPart(name) && isLabelPart(value)) return
  throw badInput(field, `${field} must have the name and the value of a label, as env and prod.`)
}
