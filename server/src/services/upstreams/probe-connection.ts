// The connection to an upstream, below HTTP: DNS, TCP and TLS.
import { connect as connectSocket, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { connectionFailureOf } from '../../domain/upstreams/connection-fault.ts'
import { proxyOf, type Upstream } from '../../domain/upstreams/upstream.ts'
import {
  type AddressPolicy,
  AddressRefusedError,
  hostFault,
} from '../../domain/upstreams/upstream-address.ts'
import { UPSTREAM_TEST_CODES, type UpstreamTestFinding } from '../../domain/upstreams/upstream-test-code.ts'
import { lookupFor } from './request-upstream.ts'
import { StepFailure } from './step-failure.ts'

const LIMITS_MS = { lookup: 2_000, connect: 4_000, tls: 4_000 }

const ADDRESSES_MAX = 20

/** What a step has found, with what is said of it. */
export type Found<T> = UpstreamTestFinding & { found: T }

/** The peer of the first connection: the upstream, or the proxy before it. */
type Target = { host: string; port: number; tls: boolean; throughProxy: boolean }

/** Where a connection to an upstream begins. */
export function routeMatchOf(upstream: Upstream): Target {
  const proxyUrl = proxyOf(upstream)
  const url = new URL(proxyUrl ?? upstream.baseUrl)
  const tls = url.protocol === 'https:'
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    tls,
    throughProxy: proxyUrl !== null,
  }
}

/** An address in the URL itself is never looked up, so it is checked here. */
export function checkHost({ host }: Target, policy: AddressPolicy): void {
  const fault = hostFault(host, policy)
  if (fault !== null) throw new AddressRefusedError(fault, host)
}

/** Resolves the address of a target, and checks that it is allowed. */
export function resolve(target: Target, policy: AddressPolicy): Promise<Found<true>> {
  const { host } = target
  const tooLate = new StepFailure('DNS_TIMEOUT', `DNS did not respond for ${host} in time.`, { host })
  return within(LIMITS_MS.lookup, tooLate, (done, fail) => {
    checkHost(target, policy)
    lookupFor(policy)(host, { all: true }, (error, found) => {
      if (error !== null) return fail(error)
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found]
      const itself = addresses.length === 1 && addresses[0] === host
      done({
        found: true,
        code: itself ? 'ADDRESS_GIVEN' : 'RESOLVED',
        detail: { host, addresses: addresses.slice(0, ADDRESSES_MAX) },
        message: itself ? `${host} is an address.` : `${host} is ${addresses.join(', ')}.`,
      })
    })
    return () => undefined
  })
}

/** Opens a connection to a target. Whoever opens it destroys it. */
export function connect({ host, port, throughProxy }: Target, policy: AddressPolicy): Promise<Found<Socket>> {
  const detail = { host, port }
  const message = `${host}:${port} did not respond in time. A firewall may be in between.`
  const tooLate = new StepFailure('CONNECT_TIMEOUT', message, detail)
  return within(LIMITS_MS.connect, tooLate, (done, fail) => {
    const socket = connectSocket({ host, port, lookup: lookupFor(policy) })
    // Never removed: a late error of the socket without a listener would end the process.
    socket.on('error', fail)
    socket.once('connect', () =>
      done({
        found: socket,
        code: throughProxy ? 'CONNECTED_TO_PROXY' : 'CONNECTED',
        detail,
        message: `Connected to ${throughProxy ? 'the proxy' : 'the upstream'} at ${host}:${port}.`,
      }),
    )
    return () => socket.destroy()
  })
}

/** Makes sure of a target's certificate, over a connection to it. */
export function secureOver(socket: Socket, { host, tls, throughProxy }: Target): Promise<Found<true>> {
  if (!tls) {
    const code = throughProxy ? 'PLAIN_PROXY' : 'PLAIN_HTTP'
    return Promise.resolve({ found: true, code, detail: {}, message: UPSTREAM_TEST_CODES[code] })
  }
  const tooLate = new StepFailure('TLS_TIMEOUT', `${host} did not finish the TLS handshake in time.`, {
    host,
  })
  return within(LIMITS_MS.tls, tooLate, (done, fail) => {
    const secured = connectTls({ socket, host, ...(isName(host) && { servername: host }) })
    secured.on('error', (error: NodeJS.ErrnoException) =>
      fail(
        new StepFailure(connectionFailureOf(error).code, `TLS with ${host} failed: ${tlsReason(error)}`, {
          host,
        }),
      ),
    )
    secured.once('secureConnect', () => {
      const protocol = secured.getProtocol() ?? 'TLS'
      const message = `${protocol}, with a certificate that is trusted.`
      done({ found: true, code: 'TLS_TRUSTED', detail: { protocol }, message })
    })
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
  tooLate: StepFailure,
  work: (done: (value: T) => void, fail: (error: Error) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let end: () => void = () => undefined
    const timer = setTimeout(() => {
      end()
      reject(tooLate)
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
