// The proxy that the environment names for an upstream: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as curl and most programs take them.
// A name in small letters comes before the same in capitals; HTTPS_PROXY is for https:// upstreams, HTTP_PROXY for http:// ones.
import { isIP } from 'node:net'
import { addressTest, readNetwork } from '../../domain/policy/input/address-list.ts'
import type { Environment } from './read-settings.ts'

// More than anyone has; what comes after them is not read.
const EXCEPTIONS_MAX = 1_000

/** `proxyUrl`: with its user and password, where it has them; null: none. `warning`: of a proxy that cannot be used; never holds its value. */
export type EnvironmentProxy = { proxyUrl: string | null; warning: string | null }

/** The proxy for requests to this URL. This machine itself is never reached through one. */
export function environmentProxy(env: Environment, baseUrl: string): EnvironmentProxy {
  const url = new URL(baseUrl)
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const value = variable(env, name)
  if (value === null || isExcepted(url, variable(env, 'NO_PROXY') ?? '')) return NONE
  const proxyUrl = readProxy(value)
  if (proxyUrl !== null) return { proxyUrl, warning: null }
  return {
    proxyUrl: null,
    warning: `${name} is not used: it must be an http:// or https:// URL, such as http://proxy.example.com:3128; upstreams of the environment are reached without a proxy`,
  }
}

const NONE: EnvironmentProxy = { proxyUrl: null, warning: null }

function variable(env: Environment, name: string): string | null {
  return env[name.toLowerCase()] || env[name] || null
}

/** `host:port` alone means http, as for curl. */
function readProxy(value: string): string | null {
  const text = value.trim()
  const candidate = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(candidate) ? new URL(candidate) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return null
  return url.href
}

/**
 * Whether NO_PROXY names the host: `*`; an address or a network; a domain, with or without a dot before it, which is one for its
 * subdomains too; each with a port, where it is for that alone.
 */
function isExcepted(url: URL, exceptions: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (isLoopback(host)) return true
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const entries = exceptions.split(/[\s,]+/, EXCEPTIONS_MAX).filter((entry) => entry !== '')
  return entries.some((entry) => fits(entry.toLowerCase(), host, port))
}

function fits(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true
  const network = readNetwork(entry.replace(/^\[([^\]]*)\]$/, '$1'))
  if (network !== null) return isIP(host) !== 0 && addressTest([network])(host)
  const [, name = '', ofPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  if (ofPort !== undefined && ofPort !== port) return false
  const domain = name.replace(/^\*?\.+/, '').replace(/^\[([^\]]*)\]$/, '$1')
  return domain !== '' && (host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`)))
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d+){3}$/.test(host)
}
