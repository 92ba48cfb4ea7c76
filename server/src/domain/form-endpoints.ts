// The endpoints that take a form with a file for a model.

/** Their paths under `/v1/`. The form names its model on its way, after the call has been admitted. */
export const FORM_ENDPOINTS = [
  'audio/transcriptions',
  'audio/translations',
  'images/edits',
  'images/variations',
] as const
