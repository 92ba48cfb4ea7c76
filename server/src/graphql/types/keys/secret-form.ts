// How secrets of API keys are written.
import { NEW_SECRET_FORMS, SECRET_FORMS, type SecretForm } from '../../../domain/keys/secret-form.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'

const MEANINGS: Record<SecretForm, string> = {
  UUID: 'A UUID, which is accepted with and without `sk-` before it.',
  PREFIXED:
    '`sk-lk-` and a UUID, which scanners of source code find. It is accepted without the prefix, too.',
  IMPORTED: 'Made elsewhere and imported: accepted as it is, letter case included.',
}

export const SecretFormEnum = builder.enumType('SecretForm', {
  description: 'How the secret of a key is written.',
  values: describedValues(SECRET_FORMS, MEANINGS),
})

export const NewSecretFormEnum = builder.enumType('NewSecretForm', {
  description: 'How a new secret is written. Both forms of one UUID are one secret.',
  values: describedValues(NEW_SECRET_FORMS, MEANINGS),
})
