// A query that a screen has sent.

export type Operation = {
  name: string
  query: string
  variables: Readonly<Record<string, unknown>>
  /** Of what is asked of the gateway with an API key, which is no GraphQL: the path, with its parameters. `query` is ''. */
  restPath?: string
}
