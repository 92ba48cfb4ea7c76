// What takes the calls of a model.

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
      /** The name that it is asked for; null: the call names no model. */
      model: string | null
    }

/** A way that calls may go now, by the numbers of the upstream and the credential; null: of the environment, or none. */
export type RouteCandidate = {
  upstreamId: number | null
  credentialId: number | null
  upstreamModel: string | null
}
