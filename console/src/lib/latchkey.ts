// The console's one client: the page's own server, signed by the session cookie.
import { Latchkey } from '@latchkey/sdk'

export const latchkey = new Latchkey({ url: globalThis.location?.origin ?? 'http://localhost' })
