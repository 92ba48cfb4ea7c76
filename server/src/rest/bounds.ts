// Bounds of parameters: what the handlers check is what the OpenAPI document says.

export const PAGE = { min: 1, max: 1_000_000, absent: 1 } as const
/** Request logs of a page. */
export const PAGE_SIZE = { min: 1, max: 100, absent: 50 } as const
/** Days of statistics. */
export const DAYS = { min: 1, max: 3_650, absent: 30 } as const
