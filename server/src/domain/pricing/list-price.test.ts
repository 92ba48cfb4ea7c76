import { expect, test } from 'vitest'
import type { UpstreamKind } from '../upstreams/upstream-kind.ts'
import { loadPriceCatalog } from './catalog-prices.ts'
import { listPrice, mayBeListed } from './list-price.ts'

const AT_MS = Date.parse('2026-11-22T12:00:00Z')

test.for<[UpstreamKind | null, string, string, string | null]>([
  [null, 'https://api.openai.com/v1', 'gpt-4o', 'openai'],
  ['GENERIC', 'https://api.groq.com/openai/v1', 'llama-3.3-70b-versatile', 'groq'],
  ['GENERIC', 'https://api.anthropic.com/v1', 'claude-sonnet-4-5', 'anthropic'],
  // Behind a proxy it is still of the kind that its admin has set.
  ['OPENAI', 'http://127.0.0.1:9/v1', 'gpt-4o', 'openai'],
  ['GEMINI', 'https://generativelanguage.googleapis.com/v1beta/openai', 'models/gemini-2.5-pro', 'google'],
  ['AZURE_OPENAI', 'https://x.openai.azure.com/openai/v1', 'gpt-4o', 'azure'],
  ['OPENROUTER', 'https://openrouter.ai/api/v1', 'openai/gpt-4o', 'openrouter'],
  // One's own machine may serve anything by any name.
  ['OLLAMA', 'http://127.0.0.1:11434/v1', 'gpt-4o', null],
  ['VLLM', 'https://api.openai.com/v1', 'gpt-4o', null],
  ['GENERIC', 'https://llm.example.com/v1', 'gpt-4o', null],
  [null, 'http://10.0.0.7:8000/v1', 'gpt-4o', null],
  [null, 'echo:', 'gpt-4o', null],
])('%s at %s: %s is priced by %s', async ([kind, baseUrl, model, provider]) => {
  const found = listPrice(await loadPriceCatalog(), { kind, baseUrl }, model, AT_MS)
  expect(found?.source.kind === 'CATALOG' ? found.source.provider : null).toBe(provider)
})

test('what has no list price does not load the catalog', () => {
  expect(mayBeListed({ kind: null, baseUrl: 'echo:' })).toBe(false)
  expect(mayBeListed({ kind: null, baseUrl: 'http://[::1]:8000/v1' })).toBe(false)
  expect(mayBeListed({ kind: 'OLLAMA', baseUrl: 'https://ollama.example.com/v1' })).toBe(false)
  expect(mayBeListed({ kind: 'GENERIC', baseUrl: 'https://llm.example.com/v1' })).toBe(true)
})
