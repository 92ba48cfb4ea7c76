// The SDK as a person uses it who is signed in: with the session of a cookie, and no admin token.
import { Latchkey } from '@latchkey/sdk'
import { sessionHeaders } from './client.ts'

/** A client with the session that `signIn` or `signedInAs` has started. */
export function signedInSdk(url: string, cookie: string): Latchkey {
  const headers = Object.entries(sessionHeaders(cookie))
  return new Latchkey({
    url,
    fetch: (input, init) => {
      const request = new Request(input, init)
      for (const [name, value] of headers) request.headers.set(name, value)
      return fetch(request)
    },
  })
}
