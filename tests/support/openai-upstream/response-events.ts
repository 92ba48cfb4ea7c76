// A response as the stream of its events: https://platform.openai.com/docs/api-reference/responses-streaming.
import { isObject, objectsIn } from './request.ts'
import { tokensOf } from './writing.ts'

type Event = { type: string } & Record<string, unknown>

/** Every event of a response in OpenAI's order, numbered from 0; the last is named by how the response ended. */
export function eventsOf(response: Record<string, unknown>): Event[] {
  const unfinished = {
    ...response,
    status: 'in_progress',
    output: [],
    usage: null,
    error: null,
    incomplete_details: null,
  }
  const failed = response.status === 'failed'
  const ofItems = objectsIn(response.output).flatMap((item, index) => itemEvents(item, index))
  const events = [
    { type: 'response.created', response: unfinished },
    { type: 'response.in_progress', response: unfinished },
    // A failure comes after the first words. Without any, it would be one of a response or one of its stream, by how much time
    // passes: Vercel's SDK waits 50 ms for an event that tells.
    ...(failed ? ofItems.slice(0, 3) : ofItems),
    { type: `response.${response.status}`, response: failed ? { ...response, output: [] } : response },
  ]
  return events.map((event, sequence_number) => ({ ...event, sequence_number }))
}

function itemEvents(item: Record<string, unknown>, output_index: number): Event[] {
  const at = { item_id: item.id, output_index }
  const empty = { ...item, ...EMPTY[String(item.type)], status: 'in_progress' }
  return [
    { type: 'response.output_item.added', output_index, item: empty },
    ...partEvents(item, at),
    { type: 'response.output_item.done', output_index, item },
  ]
}

// What an item is when it is announced.
const EMPTY: Record<string, object> = {
  message: { content: [] },
  function_call: { arguments: '' },
  reasoning: { summary: [] },
}

function partEvents(item: Record<string, unknown>, at: object): Event[] {
  switch (item.type) {
    case 'function_call': {
      const text = String(item.arguments)
      return [
        ...tokensOf(text).map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
        { type: 'response.function_call_arguments.done', ...at, name: item.name, arguments: text },
      ]
    }
    case 'reasoning':
      return objectsIn(item.summary).flatMap((part, summary_index) => {
        const place = { ...at, summary_index }
        const text = String(part.text)
        return [
          { type: 'response.reasoning_summary_part.added', ...place, part: { ...part, text: '' } },
          ...tokensOf(text).map((delta) => ({
            type: 'response.reasoning_summary_text.delta',
            ...place,
            delta,
          })),
          { type: 'response.reasoning_summary_text.done', ...place, text },
          { type: 'response.reasoning_summary_part.done', ...place, part },
        ]
      })
    default:
      return objectsIn(item.content).flatMap((part, content_index) =>
        contentEvents(part, { ...at, content_index }),
      )
  }
}

function contentEvents(part: Record<string, unknown>, at: object): Event[] {
  const refused = part.type === 'refusal'
  const field = refused ? 'refusal' : 'text'
  const kind = refused ? 'response.refusal' : 'response.output_text'
  const text = String(part[field])
  const logprobs = isObject(part) && 'logprobs' in part ? { logprobs: [] } : {}
  return [
    { type: 'response.content_part.added', ...at, part: { ...part, [field]: '' } },
    ...tokensOf(text).map((delta) => ({ type: `${kind}.delta`, ...at, delta, ...logprobs })),
    { type: `${kind}.done`, ...at, [field]: text, ...logprobs },
    { type: 'response.content_part.done', ...at, part },
  ]
}
