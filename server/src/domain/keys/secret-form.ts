// How the secret of a key is written, where it is shown. What is stored and compared is the same for all: domain/keys/api-key.ts.

/** UUID: as it is. PREFIXED: `sk-lk-` before it, by which scanners of source code find it. */
export const NEW_SECRET_FORMS = ['UUID', 'PREFIXED'] as const
export type NewSecretForm = (typeof NEW_SECRET_FORMS)[number]

/** IMPORTED: made elsewhere. */
export const SECRET_FORMS = [...NEW_SECRET_FORMS, 'IMPORTED'] as const
export type SecretForm = (typeof SECRET_FORMS)[number]

const PREFIX = 'sk-lk-'

/** A new secret, a UUID, as it is shown and kept. */
export function writtenSecret(uuid: string, form: NewSecretForm): string {
  return form === 'PREFIXED' ? `${PREFIX}${uuid}` : uuid
}

/** The form in a column; what a later version may have written is as good as a UUID, which is how it is looked up. */
export function storedSecretForm(column: string | null): SecretForm {
  return SECRET_FORMS.find((form) => form === column) ?? 'UUID'
}

/** The form of new secrets in a column of the settings. */
export function storedNewSecretForm(column: string | null): NewSecretForm {
  return column === 'PREFIXED' ? 'PREFIXED' : 'UUID'
}
