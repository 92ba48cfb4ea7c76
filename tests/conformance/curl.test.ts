// The documentation's curl commands, run by a shell's own curl.
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

const missing = spawnSync('curl', ['--version']).status !== 0

let latchkey: TestLatchkey
let secret = ''

beforeAll(async () => {
  latchkey = await startLatchkey()
  secret = (await latchkey.createKey()).secret
})
afterAll(() => latchkey.close())

const run = promisify(execFile)
const BODY = JSON.stringify({ model: 'local-gemini-auto', messages: [{ role: 'user', content: 'Hello!' }] })

// In CI nothing is skipped: there a missing curl is a failure.
describe.skipIf(missing && process.env.CI === undefined)(
  missing ? 'curl (skipped: there is no curl on this machine)' : 'curl',
  () => {
    test.for([
      ['Authorization', (key: string) => `Authorization: Bearer ${key}`],
      ['X-API-Key', (key: string) => `X-API-Key: ${key}`],
    ] as const)('with %s', async ([, header]) => {
      const response = await curl('-H', header(secret), '-d', BODY)
      expect(JSON.parse(response)).toMatchObject({
        object: 'chat.completion',
        choices: [{ message: { role: 'assistant', content: 'Hello!' } }],
      })
    })

    test('a stream, unbuffered', async () => {
      const body = BODY.replace('{', '{"stream":true,')
      const response = await curl('-N', '-H', `Authorization: Bearer ${secret}`, '-d', body)
      expect(response).toMatch(/^data: \{.*\n\ndata: \[DONE\]\n\n$/s)
    })

    test('with a wrong key says what is wrong', async () => {
      const response = await curl('-w', '%{http_code}', '-H', 'Authorization: Bearer wrong', '-d', BODY)
      expect(response).toContain('Incorrect API key provided')
      expect(response.slice(-3)).toBe('401')
    })
  },
)

async function curl(...args: string[]): Promise<string> {
  const all = ['-sS', '--max-time', '20', '-H', 'Content-Type: application/json', ...args]
  const { stdout } = await run('curl', [...all, `${latchkey.url}/v1/chat/completions`])
  return stdout
}
