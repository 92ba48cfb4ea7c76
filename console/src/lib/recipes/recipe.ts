// What a recipe is, and what it is filled in with.

export type RecipeValues = {
  /** The secret; null where it is not known: recipes then name the variable that holds it. */
  secret: string | null
  /** As `http://127.0.0.1:8000/v1`. */
  baseUrl: string
  /** A model that the key may call. */
  model: string
}
/** A text to copy: a file, or a command. */
export type RecipeBlock = { /** The file that it belongs into. */ file?: string; text: string }
export type Recipe = {
  id: string
  title: string
  group: 'code' | 'agents' | 'apps'
  /** What to know before. */
  note?: () => string
  /** Fields of a form in the application, by the names that it has for them. */
  fields?: (values: RecipeValues) => readonly { name: string; value: string }[]
  blocks?: (values: RecipeValues) => readonly RecipeBlock[]
}
