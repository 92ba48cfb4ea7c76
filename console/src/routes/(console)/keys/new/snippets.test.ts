import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { snippets } from './snippets.ts'

const values = { secret: 'sk-1', baseUrl: 'http://127.0.0.1:8000/v1', model: "it's $HOME `auto`" }

it('hands curl each argument whole, whatever a model is called', () => {
  const text = snippets.find(({ id }) => id === 'curl')?.text(values) ?? ''
  const printed = spawnSync('sh', ['-c', `curl() { printf '%s\\n' "$@"; }\n${text}`], { encoding: 'utf8' })
  const [url, , authorization, , , , body = ''] = printed.stdout.trimEnd().split('\n')
  expect(url).toBe('http://127.0.0.1:8000/v1/chat/completions')
  expect(authorization).toBe('Authorization: Bearer sk-1')
  expect(JSON.parse(body).model).toBe(values.model)
})

it.each(snippets.map(({ id, text }) => [id, text] as const))('fills in every value: %s', (_id, text) => {
  expect(text(values)).toContain(values.secret)
  expect(text(values)).toContain('127.0.0.1:8000/v1')
})
