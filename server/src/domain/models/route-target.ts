// What a requested model matches, and the routes that it has.

/** A model that an admin has set up, by its name or its pattern, or an upstream of the environment. */
export type RouteMatch =
  | {
      kind: 'MODEL'
      name: string
      /** What the `*` of the pattern stands for; null: the call names no model. */
      part: string | null
    }
  | {
      kind: 'UPSTREAM'
      name: string
      /** The model's name there; null: the call names no model. */
      model: string | null
    }

/** A candidate route, by the numbers of its upstream and credential; null: of the environment, or none. */
export type RouteCandidate = {
  upstreamId: number | null
  credentialId: number | null
  upstreamModel: string | null
}
