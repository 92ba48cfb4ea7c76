// The endpoints that take a form with a file for a model.

/** Their paths under `/v1/`. The form names its model on its way, after the call has been admitted. */
export const FORM_ENDPOINTS = [
  'audio/transcriptions',
  'audio/translations',
  'images/edits',
  'images/variations',
] as const

const PATHS: ReadonlySet<string> = new Set(FORM_ENDPOINTS.map((path) => `/v1/${path}`))

/** Whether what is posted to a path, without its query, is such a form. */
export function isForm(path: string): boolean {
  return PATHS.has(path)
}
