// The people that rows of the audit test act as: each row has an admin of its own, signed in.
import type { As } from '../../support/api/client.ts'
import { signedInAs } from '../../support/api/people.ts'
import type { TestLatchkey } from '../../support/server/latchkey.ts'

/** What a mutation needs, and the event that it writes. */
export type Row = {
  /** Makes what the mutation needs, and resolves with its input. */
  input(): Promise<Record<string, unknown>> | Record<string, unknown>
  /** Null: it writes none, since nothing is changed by it. */
  action: string | null
  /** What is written beside it. */
  also?: string[]
  /** SYSTEM: whoever has a link is nobody yet. */
  by?: 'SYSTEM'
  /** Paths that have to be among the changes. */
  changes?: string[]
  /** By whom; absent: the admin token. */
  as?: () => As
  /** The database on which it is refused. */
  refusedOn?: 'postgresql'
  /** Another server than the one that all share. */
  on?: () => TestLatchkey
}

export type Rows = Record<string, Row>

/** Makes something by a mutation, and resolves with the id of what it made, which the payload has as `field`. */
export type Made = (mutation: string, input: Record<string, unknown>, field: string) => Promise<string>

export type People = {
  server: () => TestLatchkey
  /** A name that nothing has yet. */
  aName(): string
  /** Makes an admin and signs in; resolves with the username. */
  person(): Promise<string>
  /** The admin who was made last. */
  self(): As
  /** Makes an admin, and resolves with the id. */
  anAdmin(): Promise<string>
  /** The id of an admin, by the username. */
  idOf(username: string): Promise<string>
}

/** No admin is made before a row needs one. */
export function createPeople(server: () => TestLatchkey): People {
  let cookie = ''
  let names = 0
  const aName = () => `person${++names}`
  const person = async () => {
    const username = aName()
    cookie = (await signedInAs(server(), 'ADMIN', username)).cookie
    return username
  }
  const idOf = async (username: string) => {
    const { data } = await server().graphql('{ admins(first: 100) { nodes { id username } } }')
    return data.admins.nodes.find((admin: { username: string }) => admin.username === username).id
  }
  return { server, aName, person, self: () => ({ cookie }), anAdmin: async () => idOf(await person()), idOf }
}
