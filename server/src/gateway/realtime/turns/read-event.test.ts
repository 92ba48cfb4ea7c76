import { describe, expect, test } from 'vitest'
import { factsFrom } from '../../metering/read-usage.ts'
import { readEvent } from './read-event.ts'

const response = {
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  service_tier: 'priority',
  output: [
    { id: 'ws_1', type: 'web_search_call', action: { type: 'search', query: 'x' } },
    { id: 'ws_2', type: 'web_search_call', action: { type: 'open_page' } },
    { id: 'fs_1', type: 'file_search_call' },
    { id: 'ci_1', type: 'code_interpreter_call', container_id: 'cntr_1' },
    { id: 'ig_1', type: 'image_generation_call', result: 'aaaa' },
  ],
  tool_usage: { web_search: { num_requests: 3 } },
  usage: { input_tokens: 6, output_tokens: 4, total_tokens: 10 },
}

/** The event with the response, which repeats the instructions of its request. */
async function read(instructions: string, instructionsFirst: boolean) {
  const members = instructionsFirst ? { instructions, ...response } : { ...response, instructions }
  const event = { type: 'response.completed', response: members, stream_id: 's1' }
  return readEvent(Buffer.from(JSON.stringify(event)))
}

describe('an event of any length', () => {
  test.for([
    ['of 200 KB', 'x'.repeat(200_000)],
    ['of 2 MB', 'x'.repeat(2_000_000)],
    ['of many quotes', '"\\'.repeat(100_000)],
  ])('%s has the same tier, tools and usage as a short one', async ([, instructions]) => {
    const short = await read('x', true)
    const facts = factsFrom(short?.parsed)
    expect(facts).toMatchObject({
      serviceTier: 'priority',
      tools: { webSearch: 3, fileSearch: 1, codeSession: 1, toolImage: 1 },
      usage: { inputTokens: 6, outputTokens: 4 },
    })
    for (const first of [true, false]) {
      const long = await read(String(instructions), first)
      expect(long).toMatchObject({ type: 'response.completed', streamId: 's1' })
      expect(factsFrom(long?.parsed)).toEqual(facts)
    }
  })

  test('has the tools counted before an image in its output', async () => {
    const output = [...response.output, { type: 'image_generation_call', result: 'a'.repeat(1_500_000) }]
    const event = { type: 'response.completed', response: { ...response, output } }
    const long = await readEvent(Buffer.from(JSON.stringify(event)))
    expect(factsFrom(long?.parsed).tools).toMatchObject({ webSearch: 3, toolImage: 2 })
  })

  test('that is no object is none', async () => {
    expect(await readEvent(Buffer.from(JSON.stringify(['x'.repeat(200_000)])))).toBeNull()
    expect(await readEvent(Buffer.from('x'.repeat(200_000)))).toBeNull()
  })
})
