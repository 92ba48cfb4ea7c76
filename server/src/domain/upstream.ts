// A provider endpoint that calls are forwarded to.

export type Upstream = {
  name: string
  /** Up to and including the version, as OpenAI SDKs take it: `https://api.openai.com/v1`. No slash at the end. */
  baseUrl: string
  /** What is sent as `Authorization: Bearer …`; null: nothing is. */
  credential: string | null
  /** Models it is asked for by name; `*` stands for any characters. */
  models: string[]
}
