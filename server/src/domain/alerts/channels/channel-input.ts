// The rules for what an admin may write on a channel with a URL.
import { type AddressPolicy, addressFaultMessage, hostFault } from '../../upstreams/upstream-address.ts'
import { failed, ok, type Result } from '../../user-error.ts'

const URL_MAX = 2_048
const SECRET_MAX = 512

/** An http or https URL without a user, to whose host messages may be sent. The message never repeats it: it may hold a token. */
export function readChannelUrl(sent: string, policy: AddressPolicy): Result<string> {
  const text = sent.trim()
  if (text === '') return failed('REQUIRED', 'url', 'url must not be empty.')
  if (text.length > URL_MAX)
    return failed('TOO_LONG', 'url', `url must have at most ${URL_MAX} characters.`, { maxLength: URL_MAX })
  if (!URL.canParse(text))
    return failed('INVALID', 'url', 'url must be a URL, such as https://hooks.example.com/alerts.')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return failed('INVALID', 'url', 'url must begin with https:// or http://.')
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    return failed('INVALID', 'url', 'url must have neither a user, a password nor a fragment.')
  const fault = hostFault(url.hostname, policy)
  if (fault !== null) return failed('INVALID', 'url', `url: ${addressFaultMessage(fault, url.hostname)}`)
  return ok(url.href)
}

/** A chat's signing secret, or the password of an SMTP server: 1 to 512 characters without control characters. */
export function readChannelSecret(sent: string, field: string): Result<string> {
  if (sent === '') return failed('REQUIRED', field, `${field} must not be empty.`)
  if (sent.length > SECRET_MAX)
    return failed('TOO_LONG', field, `${field} must have at most ${SECRET_MAX} characters.`, {
      maxLength: SECRET_MAX,
    })
  if (!sent.isWellFormed() || /\p{Cc}/u.test(sent))
    return failed('INVALID', field, `${field} must have no control characters.`)
  return ok(sent)
}
