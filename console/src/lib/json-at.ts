// Reads into JSON of somebody else, of which nothing is known for certain.

/** What stands at a path of member names and places; undefined where the path leads nowhere. */
export function at(value: unknown, ...path: string[]): unknown {
  let found = value
  for (const step of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = Reflect.get(found, step)
  }
  return found
}

/** Whether a value is a JSON object, rather than a list, null or a plain value. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON with line breaks; any other text as it is. */
export function indented(text: string): string {
  const json = parsed(text)
  return json === null ? text : JSON.stringify(json, null, 2)
}

/** The value of a JSON text; null where it is none. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
