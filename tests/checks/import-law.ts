// The import law of this repository as a table with reasons, and a pure checker over a set of source files.
import { posix } from 'node:path'
import { findCycle } from './find-cycle.ts'
import { type Import, readImports } from './read-imports.ts'

type Law = { may: readonly string[]; why: string }

/** The rooms of server/src: which others each may import, and why no more. */
const rooms: Readonly<Record<string, Law>> = {
  domain: {
    may: [],
    why: 'domain/ is what the product means: pure functions, which run and are tested without a database, socket or clock',
  },
  rpc: {
    may: [],
    why: 'rpc/ is what threads and processes have in common: request and response between them, and the priority of a thread. store/, ledger/, gateway/ and cluster/ each use it, so it stands below them all; it has timers, so it is not domain/',
  },
  http: {
    may: ['domain'],
    why: 'http/ is the machinery of HTTP without a product rule, so that it can be tested and replaced without one',
  },
  store: {
    may: ['domain', 'rpc', '@latchkey/prisma'],
    why: 'store/ is the only room that talks to the database, so it serves the others and needs none of them',
  },
  ledger: {
    may: ['domain', 'rpc', 'store'],
    why: 'the account of every call must hold whatever happens in the rooms that report to it or read it',
  },
  gateway: {
    may: ['domain', 'rpc', 'http', 'ledger', 'store'],
    why: 'gateway/ and graphql/ never see each other: the data plane must not wait for the control plane',
  },
  services: {
    may: ['domain', 'store', 'ledger'],
    why: "services/ hold the control plane's rules, which are the same whether GraphQL, REST or a command asks",
  },
  graphql: {
    may: ['services', 'auth', 'domain', '@latchkey/prisma'],
    why: 'graphql/ translates between its wire and services/: whatever it did past them would be neither checked nor audited',
  },
  rest: {
    may: ['services', 'auth', 'domain'],
    why: 'rest/ translates between its wire and services/: whatever it did past them would be neither checked nor audited',
  },
  cli: {
    may: ['services', 'auth', 'domain', 'app/settings', '@latchkey/sdk'],
    why: 'cli/ uses services/, or is a client of a running server like any other: whatever it did past both would be neither checked nor audited',
  },
  auth: {
    may: ['domain', 'http', 'store'],
    why: 'auth/ says who an admin is; what an admin may do with it is the business of the rooms that ask',
  },
  ops: {
    may: ['domain', 'store', 'ledger'],
    why: 'ops/ watches: the product must work the same without it',
  },
  cluster: {
    may: ['domain', 'rpc', 'http', 'store', 'ledger', 'gateway', 'auth'],
    why: 'cluster/ is how processes talk: what they say and when is decided by those who build them',
  },
  'app/settings': {
    may: ['domain', 'store'],
    why: 'the configuration is read before anything exists that could use it; the one value that it makes, a key, is a file, which store/ writes whole',
  },
  app: { may: ['*'], why: '' },
  'main.ts': {
    may: ['app'],
    why: 'main.ts is the process: what it runs is built in app/, which a test can build too',
  },
}

/** The packages of the workspace; those of ours that each may import. Server's rooms are above. */
const packages: Readonly<Record<string, Law>> = {
  server: {
    may: ['@latchkey/prisma'],
    why: 'the server is what the others are clients of; it must not need them to run (the command is one of them)',
  },
  prisma: {
    may: [],
    why: "prisma/ is the database's shape and history, below everything else",
  },
  sdk: {
    may: [],
    why: 'sdk/ is published by itself and knows only schema.graphql, as every client must be able to',
  },
  console: {
    may: ['@latchkey/sdk'],
    why: 'console/ knows only the SDK, which keeps the SDK good enough for everybody else',
  },
  tests: { may: ['*'], why: '' },
}

/** They hand the environment to config.ts, which parses it. */
const readers = new Set(['server/src/app/settings/config.ts', 'server/src/main.ts', 'server/src/cli/main.ts'])

const whyNobodyImportsTests = 'what ships must not lean on what is there to judge it'
const whyNobodyImportsTheTop =
  'a room is handed what it needs when the app is built, so that a test can build it with something else'
const whyNoDrawers = 'a name that fits everything says nothing: name the file after what it does'
const whyOneReaderOfTheEnvironment =
  'config.ts parses the environment once, so that a setting has one name, one default and one check'
/** Node's modules and packages that open nothing: a calendar, and a table of prices. */
const domainMayUse = ['node:crypto', 'node:net', '@internationalized/date', '@pydantic/genai-prices']
const drawers = ['utils', 'helpers', 'common']

/**
 * Judges source files by the import law.
 *
 * @param sources path from the repository's root (forward slashes) → text, for .ts and .svelte files.
 * @returns one line for each breach: the file, what it imports, the rule, and why there is one.
 */
export function breachesOfImportLaw(sources: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = []
  const files: Graph = new Map()
  const betweenRooms: Graph = new Map()

  for (const [file, text] of sources) {
    const { imports, readsEnvironment } = readImports(file, text)
    breaches.push(...breachesOfPlace(file))
    if (readsEnvironment && isUnderServer(file) && !isTest(file) && !readers.has(file))
      breaches.push(
        breach(
          file,
          'reads process.env',
          'only config.ts does, from what a main.ts hands it',
          whyOneReaderOfTheEnvironment,
        ),
      )

    for (const imported of imports) {
      const target = routeMatchOf(file, imported.specifier)
      breaches.push(...breachesOfImport(file, imported, target))
      if (target === undefined) continue
      link(files, file, target)
      if (!isUnderServer(file) || !isUnderServer(target)) continue
      if (roomOf(file) !== roomOf(target)) link(betweenRooms, roomOf(file), roomOf(target))
    }
  }

  const ring = findCycle(files)
  if (ring) breaches.push(cycleBreach('files', ring, 'which of them loads first decides what works'))
  const roomRing = findCycle(betweenRooms)
  if (roomRing)
    breaches.push(cycleBreach('rooms of server/src', roomRing, 'rooms that need each other are one room'))
  return breaches
}

type Graph = Map<string, Set<string>>

function link(graph: Graph, from: string, to: string): void {
  graph.set(from, (graph.get(from) ?? new Set()).add(to))
}

function breachesOfPlace(file: string): string[] {
  const breaches: string[] = []
  const names = file.split('/').map((name, at, all) => (at === all.length - 1 ? name.split('.')[0] : name))
  const drawer = names.find((name) => name !== undefined && drawers.includes(name))
  if (drawer !== undefined) breaches.push(breach(file, `is in "${drawer}"`, 'no such names', whyNoDrawers))
  if (isUnderServer(file) && rooms[roomOf(file)] === undefined)
    breaches.push(
      breach(
        file,
        `is in "${roomOf(file)}", which is no room of server/src`,
        `the rooms are ${Object.keys(rooms).join(', ')}`,
        'a new room needs a place in the law, or everything may come to hang on everything',
      ),
    )
  return breaches
}

function breachesOfImport(file: string, { specifier }: Import, target: string | undefined): string[] {
  const says = `imports ${specifier}`
  const home = file.split('/')[0] ?? ''

  if (target === undefined) {
    const pure = roomOf(file) === 'domain' && isUnderServer(file) && !isTest(file)
    if (!pure || domainMayUse.includes(specifier)) return []
    const rule = `domain/ may import itself, ${domainMayUse.join(', ')}`
    return [breach(file, says, rule, rooms.domain?.why ?? '')]
  }

  const targetHome = target.split('/')[0] ?? ''
  if (targetHome === home && !isUnderServer(file)) return []
  if (targetHome === 'tests') return [breach(file, says, 'nobody imports tests/', whyNobodyImportsTests)]

  const law = isUnderServer(file) ? rooms[roomOf(file)] : packages[home]
  const wanted = isUnderServer(target) && isUnderServer(file) ? roomOf(target) : `@latchkey/${targetHome}`
  if (law === undefined || wanted === roomOf(file)) return []
  const isNamed = law.may.includes(wanted)
  if (isUnderServer(file) && targetHome !== 'server' && !isNamed && !mayImport(packages.server, wanted))
    return [breach(file, says, `server/ may import ${listOf(packages.server)}`, packages.server?.why ?? '')]
  if (mayImport(law, wanted)) return []
  const place = isUnderServer(file) ? placeOf(roomOf(file)) : `${home}/`
  const why = /^app(\/|$)/.test(wanted) ? whyNobodyImportsTheTop : law.why
  return [breach(file, says, `${place} may import ${listOf(law)}`, why)]
}

function mayImport(law: Law | undefined, wanted: string): boolean {
  return law === undefined || law.may.includes('*') || law.may.includes(wanted)
}

function listOf(law: Law | undefined): string {
  const own = 'its own files'
  return law === undefined || law.may.length === 0 ? own : `${own}, ${law.may.map(placeOf).join(', ')}`
}

function placeOf(room: string): string {
  return room.startsWith('@') || room.endsWith('.ts') ? room : `${room}/`
}

/** Where an import leads, as a path from the root, or undefined when that is none of ours. */
function routeMatchOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file), specifier)
  // The subpath imports of console/package.json.
  if (specifier.startsWith('#lib/')) return `${file.split('/')[0]}/src/${specifier.slice(1)}`
  // Whatever others a package names stay inside it.
  if (specifier.startsWith('#')) return `${file.split('/')[0]}/${specifier.slice(1)}`
  const [scope, name, ...rest] = specifier.split('/')
  if (scope !== '@latchkey' || name === undefined) return undefined
  // As the exports of server/package.json have it: `@latchkey/server/app.ts` is `server/src/app.ts`.
  return [name, ...(name === 'server' ? ['src'] : []), ...rest].join('/')
}

function isUnderServer(file: string): boolean {
  return file.startsWith('server/src/')
}

/** A folder of server/src, or the name of a file that lies in it directly. The settings are a room of their own within app/. */
function roomOf(file: string): string {
  if (file.startsWith('server/src/app/settings/')) return 'app/settings'
  return file.split('/')[2] ?? ''
}

function isTest(file: string): boolean {
  return file.endsWith('.test.ts')
}

function breach(file: string, deed: string, rule: string, why: string): string {
  return `${file} ${deed}. Rule: ${rule}. Why: ${why}.`
}

function cycleBreach(what: string, ring: string[], why: string): string {
  return `${ring.join(' → ')} is a cycle. Rule: no cycles between ${what}. Why: ${why}.`
}
