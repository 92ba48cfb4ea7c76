// Upstreams and models through the SDK, against a real server.
import { Latchkey, NotFoundError, UserInputError } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let server: TestLatchkey
let upstreamServer: TestUpstream
let latchkey: Latchkey
beforeAll(async () => {
  upstreamServer = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  server = await startLatchkey()
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
})
afterAll(async () => {
  await server.close()
  await upstreamServer.close()
})

test('an upstream and a model from their making to their end', async () => {
  const upstream = await latchkey.upstreams.create({
    name: 'own',
    kind: 'VLLM',
    baseUrl: upstreamServer.baseUrl,
    credentials: [{ secret: 'sk-given-by-the-sdk-4321' }],
  })
  expect(upstream.credentials).toMatchObject([{ lastFour: '4321', readable: true }])
  const model = await latchkey.models.create({ name: 'mine', routes: [{ upstreamId: upstream.id }] })
  const { secret } = await server.createKey()
  expect((await chat(server, secret, { model: 'mine' })).status).toBe(200)

  await expect(latchkey.upstreams.delete(upstream.id)).rejects.toThrow('mine')
  const renamed = await latchkey.models.update(model.id, { name: 'ours', expectedVersion: model.version })
  expect(await latchkey.models.get(model.id)).toEqual(renamed)
  expect((await latchkey.models.list()).items).toEqual([renamed])
  await latchkey.models.delete(model.id)
  await expect(latchkey.models.get(model.id)).rejects.toThrow(NotFoundError)

  const off = await latchkey.upstreams.update(upstream.id, { enabled: false })
  expect(await latchkey.upstreams.get(upstream.id)).toEqual(off)
  const names: string[] = []
  for await (const { name } of latchkey.upstreams.list({ first: 1 })) names.push(name)
  expect(names).toEqual(['own', 'echo'])
  await latchkey.upstreams.delete(upstream.id)
  await expect(latchkey.upstreams.get(upstream.id)).rejects.toThrow(NotFoundError)
})

test('what breaks a rule is a UserInputError that never repeats a secret', async () => {
  const wrong = latchkey.upstreams.create({
    name: 'Wrong Name',
    kind: 'GENERIC',
    baseUrl: upstreamServer.baseUrl,
    credentials: [{ secret: 'hunter2' }],
  })
  const error = await wrong.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UserInputError)
  expect(String(error)).not.toContain('hunter2')
})

test('presets fill in a form', async () => {
  expect(await latchkey.upstreams.presets()).toContainEqual({
    kind: 'GEMINI',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    authStyle: 'BEARER',
    needsCredential: true,
  })
})
