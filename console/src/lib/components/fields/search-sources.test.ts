import { expect, it, vi } from 'vitest'
import { latchkey } from '#lib/latchkey.ts'
import { modelSource, modelSourceWith, upstreamSource } from './search-sources.ts'

vi.mock('#lib/latchkey.ts', () => ({ latchkey: {} }))

const { signal } = new AbortController()

/** A server that says what it was asked, and finds these. */
function serve(noun: 'models' | 'upstreams', names: readonly string[]) {
  const list = vi.fn(async (_page: unknown) => ({
    items: names.map((name) => ({ id: name, name, baseUrl: 'b' })),
  }))
  Object.assign(latchkey, { [noun]: { list } })
  return list
}

it('lets the server search models, and puts those that begin with the text first', async () => {
  const list = serve('models', ['my-gpt', 'gpt-5'])
  expect((await modelSource.search('gpt', signal)).map(({ id }) => id)).toEqual(['gpt-5', 'my-gpt'])
  expect(list.mock.calls).toEqual([[{ first: 100, search: 'gpt' }, { signal }]])
})

it('lets the server search upstreams', async () => {
  const list = serve('upstreams', ['azure'])
  expect(await upstreamSource.search('az', signal)).toEqual([{ id: 'azure', text: 'azure', note: 'b' }])
  expect(list.mock.calls).toEqual([[{ first: 20, search: 'az' }, { signal }]])
})

it('adds the models that only calls have named, once each, and asks for no others where it may not', async () => {
  const list = serve('models', ['gpt-5'])
  const counted = async () => ['gpt-5', 'gpt-unknown', 'echo']
  const found = async (mayRead: boolean) =>
    (await modelSourceWith(counted, mayRead).search('gpt', signal)).map(({ id }) => id)
  expect(await found(true)).toEqual(['gpt-5', 'gpt-unknown'])
  expect(list).toHaveBeenCalledOnce()
  expect(await found(false)).toEqual(['gpt-5', 'gpt-unknown'])
  expect(list).toHaveBeenCalledOnce()
})
