import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { boundConnections } from './connection-bound.ts'

class Connection extends EventEmitter {
  readonly remoteAddress: string | undefined
  destroyed = false

  constructor(remoteAddress: string | undefined) {
    super()
    this.remoteAddress = remoteAddress
  }

  destroy(): void {
    this.destroyed = true
  }
}

/** How many of 100 connections are taken. */
function taken(address: (n: number) => string | undefined): number {
  const server = createServer()
  server.removeAllListeners('connection')
  server.on('connection', () => undefined)
  boundConnections(server, {
    perNetwork: 10,
    isExempt: (ip) => ip === '192.0.2.1',
    onRefused: () => undefined,
  })
  const connections = Array.from({ length: 100 }, (_, n) => new Connection(address(n)))
  for (const connection of connections) server.emit('connection', connection)
  return connections.filter(({ destroyed }) => !destroyed).length
}

test.for([
  ['an IPv4 address', () => '203.0.113.9', 10],
  ['an IPv4 address, as IPv6 has it', (n: number) => (n % 2 ? '::ffff:203.0.113.9' : '203.0.113.9'), 10],
  ['a /64', (n: number) => `2001:db8::${n}`, 10],
  ['a /56', (n: number) => `2001:db8:0:${n}::1`, 20],
  ['a /48', (n: number) => `2001:db8:0:${n}00::1`, 40],
  ['addresses of their own', (n: number) => `203.0.113.${n}`, 100],
  ['an exempt address', () => '192.0.2.1', 100],
  ['no address', () => undefined, 100],
] as const)('of %s', ([, address, count]) => {
  expect(taken(address)).toBe(count)
})
