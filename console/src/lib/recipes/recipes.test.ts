import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import * as agents from './agent-recipes.ts'
import * as apps from './app-recipes.ts'
import * as code from './code-recipes.ts'

const values = { secret: 'sk-1', baseUrl: 'http://127.0.0.1:8000/v1', model: "it's $HOME `auto`" }

it('hands curl each argument whole, whatever a model is called', () => {
  const text = code.curl(values)[0]?.text ?? ''
  const printed = spawnSync('sh', ['-c', `curl() { printf '%s\\n' "$@"; }\n${text}`], { encoding: 'utf8' })
  const [url, , authorization, , , , body = ''] = printed.stdout.trimEnd().split('\n')
  expect(url).toBe('http://127.0.0.1:8000/v1/chat/completions')
  expect(authorization).toBe('Authorization: Bearer sk-1')
  expect(JSON.parse(body).model).toBe(values.model)
})

it('has the shell read the secret from a variable where it is not known', () => {
  const text = code.curl({ ...values, secret: null })[0]?.text ?? ''
  const script = `OPENAI_API_KEY=sk-2; curl() { printf '%s\\n' "$@"; }\n${text}`
  const printed = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  expect(printed.stdout).toContain('Authorization: Bearer sk-2\n')
})

const { claudeCode, codex, openCode, cursor, cline } = agents
const blocks = { ...code, claudeCode, codex, openCode, ...apps, cursor, cline }

it.each(Object.entries(blocks))('fills in every value: %s', (_name, fill) => {
  const text = JSON.stringify(fill(values))
  expect(text).toContain('sk-1')
  expect(text).toContain('127.0.0.1:8000/v1')
  expect(JSON.stringify(fill({ ...values, secret: null }))).not.toContain('sk-1')
})

it.each([claudeCode, openCode])('writes configuration that is JSON', (fill) => {
  const config = JSON.parse(fill(values)[0]?.text ?? '')
  expect(JSON.stringify(config)).toContain(JSON.stringify(values.model).slice(1, -1))
})
