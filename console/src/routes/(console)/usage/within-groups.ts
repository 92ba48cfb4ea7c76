// What spend is grouped by, and by what each group may be divided further.

export const groupings = ['key', 'owner', 'label', 'tag', 'model', 'upstream', 'endpoint'] as const
export type Grouping = (typeof groupings)[number]

/**
 * What the server tells one group within. Keys, owners, labels and models are counted together; the others go with what a request log
 * names. A label as the second group would need a name of its own.
 */
export const withinOf: Readonly<Record<Grouping, readonly Grouping[]>> = {
  key: ['owner', 'model', 'upstream', 'endpoint'],
  owner: ['key', 'model'],
  label: ['key', 'owner', 'model'],
  tag: [],
  model: ['key', 'owner', 'upstream', 'endpoint'],
  upstream: ['key', 'model', 'endpoint'],
  endpoint: ['key', 'model', 'upstream'],
}

/** The other groups, which are offered and cannot be chosen. */
export function notWithin(by: Grouping): Grouping[] {
  return groupings.filter((each) => each !== by && !withinOf[by].includes(each))
}
