// The connection to an upstream, below HTTP: DNS, TCP and TLS.
import { connect as connectSocket, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { proxyOf, type Upstream } from '../../domain/upstreams/upstream.ts'
import {
  type AddressPolicy,
  addressFaultMessage,
  hostFault,
} from '../../domain/upstreams/upstream-address.ts'
import { lookupFor } from './request-upstream.ts'
import { StepFailure } from './step-failure.ts'

const LIMITS_MS = { lookup: 2_000, connect: 4_000, tls: 4_000 }

/** The peer of the first connection: the upstream, or the proxy before it. */
type Target = { host: string; port: number; tls: boolean; what: string; throughProxy: boolean }

/** Where a connection to an upstream begins. */
export function routeMatchOf(upstream: Upstream): Target {
  const proxyUrl = proxyOf(upstream)
  const url = new URL(proxyUrl ?? upstream.baseUrl)
  const tls = url.protocol === 'https:'
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    tls,
    what: proxyUrl === null ? 'the upstream' : 'the proxy',
    throughProxy: proxyUrl !== null,
  }
}

/** An address in the URL itself is never looked up, so it is checked here. */
export function checkHost({ host }: Target, policy: AddressPolicy): void {
  const fault = hostFault(host, policy)
  if (fault !== null) throw new StepFailure(addressFaultMessage(fault, host))
}

/** Resolves the address of a target, and checks that it is allowed. */
export function resolve(target: Target, policy: AddressPolicy): Promise<{ found: true; message: string }> {
  const { host } = target
  return within(LIMITS_MS.lookup, `DNS did not respond for ${host} in time.`, (done, fail) => {
    checkHost(target, policy)
    lookupFor(policy)(host, { all: true }, (error, found) => {
      if (error !== null) return fail(error)
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found]
      const itself = addresses.length === 1 && addresses[0] === host
      done({
        found: true,
        message: itself ? `${host} is an address.` : `${host} is ${addresses.join(', ')}.`,
      })
    })
    return () => undefined
  })
}

/** Opens a connection to a target. Whoever opens it destroys it. */
export function connect(
  { host, port, what }: Target,
  policy: AddressPolicy,
): Promise<{ found: Socket; message: string }> {
  return within(
    LIMITS_MS.connect,
    `${host}:${port} did not respond in time. A firewall may be in between.`,
    (done, fail) => {
      const socket = connectSocket({ host, port, lookup: lookupFor(policy) })
      // Never removed: a late error of the socket without a listener would end the process.
      socket.on('error', fail)
      socket.once('connect', () =>
        done({ found: socket, message: `Connected to ${what} at ${host}:${port}.` }),
      )
      return () => socket.destroy()
    },
  )
}

/** Makes sure of a target's certificate, over a connection to it. */
export function secureOver(
  socket: Socket,
  { host, tls, throughProxy }: Target,
): Promise<{ found: true; message: string }> {
  if (!tls) {
    const message = throughProxy
      ? 'The connection to the proxy is not encrypted. The connection to the upstream is as its base URL says.'
      : 'Not encrypted: the base URL is http://.'
    return Promise.resolve({ found: true, message })
  }
  return within(LIMITS_MS.tls, `${host} did not finish the TLS handshake in time.`, (done, fail) => {
    const secured = connectTls({ socket, host, ...(isName(host) && { servername: host }) })
    secured.on('error', (error: NodeJS.ErrnoException) =>
      fail(new StepFailure(`TLS with ${host} failed: ${tlsReason(error)}`)),
    )
    secured.once('secureConnect', () =>
      done({
        found: true,
        message: `${secured.getProtocol() ?? 'TLS'}, with a certificate that is trusted.`,
      }),
    )
    return () => secured.destroy()
  })
}

function tlsReason({ code, message }: NodeJS.ErrnoException): string {
  // OpenSSL's own texts name its source files.
  if (code?.startsWith('ERR_SSL_') === true)
    return `it does not speak TLS there (${code}). Perhaps the base URL should be http://.`
  if (code === 'ECONNRESET') return 'the connection was reset.'
  return `${message}. Check the certificate and its name.`
}

function isName(host: string): boolean {
  return !/^[\d.]+$|:/.test(host)
}

/** Runs callback-based work within a time. `work` returns what ends it when the time is over. */
function within<T>(
  limitMs: number,
  tooLate: string,
  work: (done: (value: T) => void, fail: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let end: () => void = () => undefined
    const timer = setTimeout(() => {
      end()
      reject(new StepFailure(tooLate))
    }, limitMs)
    const settled =
      <V>(then: (value: V) => void) =>
      (value: V) => {
        clearTimeout(timer)
        then(value)
      }
    try {
      end = work(settled(resolve), settled(reject))
    } catch (error) {
      settled(reject)(error)
    }
  })
}
