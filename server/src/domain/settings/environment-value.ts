// A setting of the environment as an admin may see it.

/** Read when the server starts; nothing but the environment changes it. */
export type EnvironmentValue = {
  /** The variable. */
  name: string
  /** The value in force; null: there is none, or it is a secret. */
  value: string | null
  /** The value where the variable is absent; null: there is none. */
  default: string | null
  isSet: boolean
  isSecret: boolean
}
