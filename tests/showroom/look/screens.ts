// Every screen of the console, from the folders of its routes: a new screen is looked at without being named here, unless its address
// has a part that only its author can fill.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '../../support/run/repository.ts'
import type { ShowroomFacts } from '../showroom-facts.ts'

export type Screen = {
  /** As a file may be called: `keys`, `keys-id.logs`. */
  name: string
  /** The route, as SvelteKit has it without groups. */
  route: string
  path: string
  /** False: whoever looks at it is not signed in. */
  signedIn: boolean
}

const ROUTES = join(repositoryRoot, 'console/src/routes')

/** Pages that redirect whoever has nothing to do there. */
const NOT_LOOKED_AT: Record<string, string> = {
  '/setup': 'there is an admin already',
  '/second-factor': 'no admin has to enrol one',
  '/design': 'it is there in development alone',
}

/** More states of a route than its plain address: queries by the name of the state. */
const STATES: Record<string, Record<string, string>> = {
  '/alerts': {
    rules: '?tab=rules',
    rule: '?tab=rules&edit=arl_1',
    channels: '?tab=channels',
    deliveries: '?tab=deliveries',
  },
  '/audit': { missing: '?peek=aud_2000000000' },
  '/findings': { open: '?open=KEY_NEVER_ROTATED' },
  '/keys': { nothing: '?q=there-is-no-such-key' },
  '/keys/[id]': {
    limits: '?tab=limits',
    logs: '?tab=logs',
    secret: '?tab=secret',
    setup: '?tab=setup',
    history: '?tab=history',
    explain: '?tab=explain',
  },
  '/labels/[id]': { history: '?tab=history' },
  '/logs': {
    nothing: '?q=there-is-no-such-call',
    errors: '?view=errors',
    missing: '?peek=req_017f22e279b07cc398c4dc0c0c07398f',
  },
  '/logs/[id]': { shape: '?part=shape', json: '?part=json', curl: '?part=curl' },
  '/models': { add: '?add=1' },
  '/models/[id]': { edit: '?do=edit', price: '?do=price' },
  '/people': { invite: '?invite=1', edit: '?edit=adm_2' },
  '/tokens': { create: '?create=1' },
  '/upstreams': { add: '?add=1' },
  '/upstreams/[id]': { edit: '?do=edit', credential: '?do=credential' },
}

/**
 * The screens, each in its states. Throws where a route has a parameter that is not filled here, so that no screen is left out by
 * oversight.
 */
export function consoleScreens(facts: ShowroomFacts): Screen[] {
  const pages = globSync('**/+page.svelte', { cwd: ROUTES }).sort()
  return pages.flatMap((page) => {
    const folders = page.split('/').slice(0, -1)
    const route = `/${folders.filter((part) => !part.startsWith('(')).join('/')}`
    if (route in NOT_LOOKED_AT) return []
    const signedIn = folders.includes('(console)')
    const address = filled(route, facts)
    const name = route === '/' ? 'overview' : route.slice(1).replaceAll('/', '-').replaceAll(/[[\]]/g, '')
    const plain = { name, route, path: address, signedIn }
    const states = Object.entries(STATES[route] ?? {}).map(([state, query]) => ({
      ...plain,
      name: `${name}.${state}`,
      path: `${address}${query}`,
    }))
    return [plain, ...states]
  })
}

/** The address with an example in the place of each parameter. */
function filled(route: string, { keys, requestIds }: ShowroomFacts): string {
  const examples: Record<string, string | undefined> = {
    '/keys/[id]': keys['crm-sync']?.id,
    '/logs/[id]': requestIds['nightly-evals budget_exhausted'],
    '/owners/[id]': 'own_3',
    '/labels/[id]': 'lim_1',
    '/upstreams/[id]': 'ups_2',
    '/models/[id]': 'mdl_4',
  }
  return route.replaceAll(/\/[^[]+\/\[\w+\]/g, (part) => {
    const example = examples[part]
    if (example === undefined)
      throw new Error(`${route}: say in tests/showroom/look/screens.ts what ${part} is.`)
    return `${part.slice(0, part.lastIndexOf('['))}${example}`
  })
}
