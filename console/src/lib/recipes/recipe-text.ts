// Pieces that recipes share.

/** The environment variable that recipes without the secret read it from. */
export const secretVariable = 'OPENAI_API_KEY'

/** What stands in a file where the secret belongs, when it is not known. */
export const secretPlaceholder = 'sk-…'

/** What stands in a recipe where no model is known that the key may call. */
export const modelPlaceholder = 'your-model'

/** One word for a POSIX shell, whatever is in it. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** A string of YAML and of TOML: both read JSON's form of one. */
export function quoted(text: string): string {
  return JSON.stringify(text)
}
