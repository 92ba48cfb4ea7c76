// What the endpoints read of a multipart body.
import { RequestFailure } from './failures.ts'

/** A field of a form that is to be there as text. */
export function textField(form: FormData, name: string): string {
  const value = form.get(name)
  if (typeof value === 'string') return value
  throw new RequestFailure(400, `Missing required parameter: '${name}'.`, {
    param: name,
    code: 'missing_required_parameter',
  })
}

/** The files of a form under a name, or under that name with `[]`. */
export function filesIn(form: FormData, name: string): File[] {
  return [...form.getAll(name), ...form.getAll(`${name}[]`)].filter((value) => value instanceof File)
}
