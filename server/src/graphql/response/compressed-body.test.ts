import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { gzipped } from './compressed-body.ts'

const LONG = JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, name: '密钥', status: 'ACTIVE' })))

test.for(['gzip', 'deflate, GZIP;q=0.5', 'br, gzip ; q=1'])(
  'a client that accepts %s gets gzip',
  async (accepted) => {
    const bytes = await gzipped(LONG, accepted)
    expect(bytes?.length).toBeLessThan(LONG.length / 5)
    expect(bytes && gunzipSync(bytes).toString()).toBe(LONG)
  },
)

test.for([undefined, '', 'br', 'gzip;q=0', 'br, gzip; q=0.000', 'gzipped'])(
  'a client that accepts %s gets the body as it is',
  async (accepted) => {
    expect(await gzipped(LONG, accepted)).toBeNull()
  },
)

test('a short body stays as it is', async () => {
  expect(await gzipped('{"data":{}}', 'gzip')).toBeNull()
})
