import { expect, it, vi } from 'vitest'
import { latchkey } from '#lib/latchkey.ts'
import { findRecords } from './palette-results.ts'

const scopes = ['keys:read', 'owners:read', 'models:read', 'upstreams:read']
const names = ['text-embedding-3-small', 'azure-eastus2-prod', 'team-checkout-2026']

vi.mock('#lib/latchkey.ts', () => ({ latchkey: {} }))

/** A server on which everything that has a name has each of `names`, and which searches them by it. */
function serve() {
  const asked: string[] = []
  const list = (kind: string) => ({
    list: async (args: { search?: string; filter?: { search: string } }) => {
      asked.push(kind)
      const wanted = args.search ?? args.filter?.search ?? ''
      const found = names.filter((name) => name.includes(wanted))
      return {
        items: found.map((name) => ({ id: `${kind}-${name}`, name, label: { name: 'team', value: name } })),
      }
    },
  })
  for (const kind of ['keys', 'owners', 'labelLimits', 'models', 'upstreams'])
    Object.assign(latchkey, { [kind]: list(kind) })
  return asked
}

it.each(names)('finds everything by a name that could be an imported secret: %s', async (name) => {
  serve()
  const found = await findRecords(name, scopes, new AbortController().signal)
  const kinds = found.flatMap((each) => ('name' in each && each.name.includes(name) ? [each.kind] : []))
  expect(kinds).toEqual(['owner', 'label', 'model', 'upstream'])
})

it('asks for keys alone by a secret that was made here', async () => {
  const asked = serve()
  await findRecords('sk-3f2a9c1e-0000-4000-8000-1234567890ab', scopes, new AbortController().signal)
  expect(asked).toEqual(['keys'])
})
