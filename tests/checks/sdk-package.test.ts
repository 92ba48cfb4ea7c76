// The SDK outside this repository: what `pnpm pack` makes of it, installed, under every runtime that it names.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { build } from 'vite'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { chromiumUnavailableReason, launchBrowser } from '../support/browser/chromium.ts'
import { type InstalledSdk, installSdk, runtimes } from '../support/installed-sdk.ts'
import { repositoryRoot, repositoryText, runTool } from '../support/run/repository.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

const run = promisify(execFile)

let sdk: InstalledSdk
let server: TestLatchkey
beforeAll(async () => {
  sdk = await installSdk()
  server = await startLatchkey()
})
afterAll(async () => {
  await server.close()
  sdk.remove()
})

test('the packed package.json leads to dist/ and needs nothing of this repository', () => {
  expect(JSON.stringify(sdk.manifest)).not.toMatch(/workspace:|catalog:|\.\/src\//)
  expect(sdk.manifest).toMatchObject({
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
  })
  // graphql-request is in the bundle.
  expect(sdk.manifest.dependencies).toBeUndefined()
  expect(sdk.manifest.peerDependencies).toBeUndefined()
})

test('publint finds nothing', async () => {
  const { messages } = await publint({ pack: { tarball: new Uint8Array(sdk.tarball).buffer }, strict: true })
  expect(messages).toEqual([])
})

test('arethetypeswrong finds nothing, for a package of ES modules', async () => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(sdk.tarball)))
  if (result.types === false) throw new Error('it found no types')
  // An ES module is none for `require` of old, and `exports` is not read by TypeScript's resolution for Node 10.
  const esmOnly = result.problems.filter(
    (problem) =>
      !('resolutionKind' in problem) ||
      (problem.resolutionKind !== 'node10' && problem.resolutionKind !== 'node16-cjs'),
  )
  expect(esmOnly).toEqual([])
})

// Each verb of a day: a mutation, a page, all pages, a stream, an error with its class.
const program = `
import { AuthenticationError, Latchkey } from '@latchkey/sdk'
const latchkey = new Latchkey()
const { apiKey, secret } = await latchkey.keys.create({ name: process.argv[2] })
const page = await latchkey.keys.list({ first: 1 })
let names = 0
for await (const key of latchkey.keys.list({ first: 1 })) names += key.name === process.argv[2] ? 1 : 0
const call = () => fetch(process.env.LATCHKEY_URL + '/v1/chat/completions', {
  method: 'POST',
  headers: { authorization: 'Bearer ' + secret, 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'Hello' }] }),
}).then((response) => response.headers.get('x-request-id'))
const filter = { apiKeyId: [apiKey.id] }
const after = await call()
while ((await latchkey.logs.count(filter)) < 1);
await call()
let tailed
for await (const log of latchkey.logs.tail(filter, { after })) {
  tailed = log.outcome
  break
}
const wrong = await new Latchkey({ adminToken: 'x'.repeat(32) }).keys.list().then(() => null, (error) => error)
console.log(JSON.stringify([page.items.length, names, tailed, wrong instanceof AuthenticationError]))
`

test.each(runtimes())('it runs under $name', async ({ name, program: runtime }) => {
  const file = sdk.write('program.mjs', program)
  const { stdout } = await run(runtime, [file, name], {
    cwd: sdk.project,
    env: { LATCHKEY_URL: server.url, LATCHKEY_ADMIN_TOKEN: server.adminToken },
  })
  expect(JSON.parse(stdout)).toEqual([1, 1, 'SUCCESS', true])
})

const typed = `
import { type ApiKey, Latchkey, type Page, UserInputError } from '@latchkey/sdk'
const latchkey = new Latchkey({ url: 'http://127.0.0.1:8000', adminToken: 'token' })
const created: { apiKey: ApiKey; secret: string } = await latchkey.keys.create({ name: 'ci', expiresInDays: 90 })
const page: Page<ApiKey> = await latchkey.keys.list({ first: 10, filter: { status: ['ACTIVE'] } })
const names: string[] = page.items.map(({ name }) => name)
for await (const log of latchkey.logs.list({ filter: { apiKeyId: [created.apiKey.id] } })) names.push(log.outcome)
// @ts-expect-error there is no such status
await latchkey.keys.list({ filter: { status: ['SLEEPING'] } })
export const fields = (error: unknown) => (error instanceof UserInputError ? error.userErrors : [])
`

/** The example of its README, with what a project without @types/node lacks. */
const readme = [
  'declare const process: { env: Record<string, string | undefined> }',
  ...(/```ts\n([\s\S]*?)```/.exec(repositoryText('sdk/README.md'))?.slice(1) ?? []),
].join('\n')

test.each([
  { resolution: 'nodenext', options: ['--module', 'nodenext'] },
  { resolution: 'bundler', options: ['--module', 'esnext', '--moduleResolution', 'bundler'] },
])('its types hold under tsc --strict with every library checked ($resolution)', async ({ options }) => {
  const files = [sdk.write('typed.mts', typed), sdk.write('readme.mts', readme)]
  const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false']
  const compiler = join(repositoryRoot, 'node_modules/typescript/bin/tsc')
  const { stdout, code } = await run(
    process.execPath,
    [compiler, ...flags, '--target', 'es2022', ...options, ...files],
    { cwd: sdk.project },
  ).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    ({ stdout, code }: { stdout: string; code: number }) => ({ stdout, code }),
  )
  expect(code, stdout).toBe(0)
})

test('a bundle for the browser runs in one', async ({ skip }) => {
  const entry = sdk.write('page.js', `export { Latchkey } from '@latchkey/sdk'\n`)
  const built = await build({
    root: sdk.project,
    configFile: false,
    logLevel: 'silent',
    build: { write: false, lib: { entry, formats: ['es'] } },
  })
  const [output] = Array.isArray(built) ? built : [built]
  if (output === undefined || !('output' in output)) throw new Error('nothing was bundled')
  const code = output.output.map((chunk) => ('code' in chunk ? chunk.code : '')).join('\n')
  expect(gzipSync(code).length).toBeLessThan(26 * 1024)
  // Not graphql's parser, whose errors begin so.
  expect(code).toContain('parse is not in this bundle')
  expect(code).not.toMatch(/Syntax Error/)

  skip(chromiumUnavailableReason !== undefined, chromiumUnavailableReason)
  const browser = await launchBrowser()
  onTestFinished(() => browser.close())
  const page = await browser.newPage()
  await page.route('**/sdk.html', (route) => route.fulfill({ contentType: 'text/html', body: '<p></p>' }))
  await page.route('**/sdk.js', (route) => route.fulfill({ contentType: 'text/javascript', body: code }))
  await page.goto(`${server.url}/sdk.html`)
  // A string, because a transformed function would ask for the test runner's own import().
  const seen = await page.evaluate(`(async () => {
    const { Latchkey } = await import('/sdk.js')
    const setup = await new Latchkey().auth.setup()
    const keys = await new Latchkey({ adminToken: ${JSON.stringify(server.adminToken)} }).keys.list()
    return [setup.required, Array.isArray(keys.items)]
  })()`)
  expect(seen).toEqual([true, true])
})

test('the build leaves nothing that git would take', async () => {
  const { output } = await runTool('git', ['status', '--porcelain', 'sdk/dist'])
  expect(output).toBe('')
})
