// Every method of OpenAI's SDK, found in its own classes, with a server that records each byte: directly, and through
// Latchkey in front of another server of the same kind.
import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ENDPOINTS } from '@latchkey/server/domain/endpoints/endpoints.ts'
import { webSocketAt } from '@latchkey/server/domain/endpoints/find-endpoint.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { OUTCOMES, type Outcome, WEB_SOCKETS } from '../support/clients/sdk/outcomes.ts'
import { type RecordedSide, recordCall } from '../support/clients/sdk/recorded-side.ts'
import { argumentsOf } from '../support/clients/sdk/sdk-arguments.ts'
import { type SdkMethod, sdkMethods } from '../support/clients/sdk/sdk-methods.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { OBJECT_ID, startRecordingUpstream } from '../support/upstreams/recording-upstream.ts'

const UPSTREAM_KEY = 'sk-recording-upstream'
const methods = sdkMethods()

let latchkey: TestLatchkey
let direct: RecordedSide
let through: RecordedSide
/** As `through`, with a key whose rule about endpoints names those of the account of an upstream. */
let throughNamed: RecordedSide

beforeAll(async () => {
  const [own, upstream] = [await startRecordingUpstream(), await startRecordingUpstream()]
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: UPSTREAM_KEY },
  })
  direct = { baseURL: own.baseUrl, apiKey: UPSTREAM_KEY, upstream: own }
  through = {
    baseURL: `${latchkey.url}/v1`,
    apiKey: (await makeRuledKey(latchkey, { sharedObjects: true })).secret,
    upstream,
  }
  const paths = new Set(
    ENDPOINTS.flatMap(({ accountPath }) => (accountPath === null ? [] : [`${accountPath}*`])),
  )
  const { secret } = await makeRuledKey(latchkey, {
    endpoints: { allow: ['*', ...paths] },
    sharedObjects: true,
  })
  throughNamed = { ...through, apiKey: secret }
})
beforeEach(() => {
  for (const { upstream } of [direct, through]) upstream.refuse(false)
})
afterAll(async () => {
  await latchkey.close()
  await direct.upstream.close()
  await through.upstream.close()
})

test('each method has its row in the table, so that one of a newer SDK is decided about', () => {
  expect(methods.map(({ name }) => name).toSorted()).toEqual([...OUTCOMES.keys()].toSorted())
})

test('each WebSocket of the SDK has its row too, and is served', () => {
  const room = dirname(fileURLToPath(import.meta.resolve('openai')))
  const files = globSync('{realtime,beta,resources,live}/**/{ws,websocket}.mjs', { cwd: room })
  expect(files.map((file) => file.replace(/\.mjs$/, '')).toSorted()).toEqual([...WEB_SOCKETS.keys()])
  for (const path of WEB_SOCKETS.values()) expect(webSocketAt(path)).not.toBeNull()
})

test.each(of('SERVED'))('$name: the same bytes in both directions', async (method) => {
  await expectSame(through, method)
})

test.each(of('ACCOUNT'))('$name: refused, and for a key that may, the same bytes', async (method) => {
  for (const args of await argumentsOf(method)) {
    const { result, requests } = await recordCall(through, method.name, args)
    expect(result).toMatchObject({ thrown: { class: 'PermissionDeniedError', status: 403 } })
    expect(requests).toEqual([])
  }
  await expectSame(throughNamed, method)
})

test.each(of('UNKNOWN'))('$name: not found, and nothing is sent to an upstream', async (method) => {
  for (const args of await argumentsOf(method)) {
    const { result, requests } = await recordCall(through, method.name, args)
    expect(result).toMatchObject({
      thrown: {
        class: 'NotFoundError',
        status: 404,
        error: { message: expect.any(String), type: 'invalid_request_error', param: null },
      },
    })
    expect(requests).toEqual([])
  }
})

test.each(of('OWN'))('$name: as the upstream says it', async (method) => {
  const [args = []] = await argumentsOf(method)
  const [own, ours] = [
    await recordCall(direct, method.name, args),
    await recordCall(through, method.name, args),
  ]
  const model = { id: OBJECT_ID, object: 'model', owned_by: 'system' }
  for (const { result } of [own, ours]) {
    const { items = [result] } = result as { items?: unknown[] }
    expect(items).toContainEqual(expect.objectContaining(model))
  }
})

test.each(of('LOCAL'))('$name: sends nothing', async (method) => {
  const [args = []] = await argumentsOf(method)
  const [own, ours] = [
    await recordCall(direct, method.name, args),
    await recordCall(through, method.name, args),
  ]
  expect(ours).toEqual(own)
  expect(ours.requests).toEqual([])
})

/** The methods with an outcome: what makes an object first, what deletes it last. */
function of(outcome: Outcome): SdkMethod[] {
  return methods.filter(({ name }) => OUTCOMES.get(name) === outcome).toSorted((a, b) => order(a) - order(b))
}

function order({ name }: SdkMethod): number {
  if (/\.create\w*$/.test(name)) return 0
  return name.endsWith('.delete') ? 2 : 1
}

/** A method's result, responses and requests are the same on both sides, where it is served and where it is refused. */
async function expectSame(side: RecordedSide, method: SdkMethod): Promise<void> {
  for (const refuses of [false, true]) {
    direct.upstream.refuse(refuses)
    side.upstream.refuse(refuses)
    for (const args of await argumentsOf(method)) {
      const own = await recordCall(direct, method.name, args)
      expect(await recordCall(side, method.name, args)).toEqual(own)
      expect(own.requests.length).toBeGreaterThan(0)
      if (refuses) expect(own.responses.map(({ seen }) => seen.status)).toContain(400)
    }
  }
}
