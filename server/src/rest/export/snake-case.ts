// Names of the REST API from names of the code.

/** `clientErrorCode` → `client_error_code`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
