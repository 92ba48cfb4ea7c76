// Batches: each look at one takes it a step further, and at the end its responses are a file:
// https://platform.openai.com/docs/api-reference/batch.

import { RequestFailure } from '../failures.ts'
import { type Endpoints, isObject } from '../request.ts'
import { CREATED } from '../respond.ts'
import { type FileStore, page } from './files.ts'

const STEPS = ['validating', 'in_progress', 'finalizing', 'completed']

type Batch = { id: string; status: string; input_file_id: string } & Record<string, unknown>

/** Batches that are one step further at each look: https://platform.openai.com/docs/api-reference/batch. */
export function batchEndpoints(files: FileStore): Endpoints {
  const batches = new Map<string, Batch>()
  const found = (id: string) => {
    const one = batches.get(id)
    if (one !== undefined) return one
    throw new RequestFailure(404, `No batch found with id '${id}'.`, { param: 'id' })
  }
  return {
    'POST /batches': ({ json }, reply) => {
      const input = files.find(String(json.input_file_id))
      const batch = {
        id: `batch_${batches.size + 1}`,
        object: 'batch',
        endpoint: json.endpoint,
        errors: null,
        input_file_id: input.id,
        completion_window: json.completion_window,
        status: 'validating',
        output_file_id: null,
        error_file_id: null,
        created_at: CREATED,
        expires_at: CREATED + 86_400,
        request_counts: { total: 0, completed: 0, failed: 0 },
        metadata: json.metadata ?? null,
      }
      batches.set(batch.id, batch)
      reply.json(batch)
    },
    'GET /batches': ({ query }, reply) => reply.json(page([...batches.values()], query)),
    'GET /batches/{id}': ({ ids: [id = ''] }, reply) => reply.json(advance(found(id), files)),
    'POST /batches/{id}/cancel': ({ ids: [id = ''] }, reply) => {
      const batch = found(id)
      if (batch.status === 'completed')
        throw new RequestFailure(409, `Cannot cancel a batch with status 'completed'.`, { param: 'id' })
      reply.json(Object.assign(batch, { status: 'cancelling', cancelling_at: CREATED + 1 }))
    },
  }
}

function advance(batch: Batch, files: FileStore): Batch {
  const next = STEPS[STEPS.indexOf(batch.status) + 1]
  if (batch.status === 'cancelling')
    return Object.assign(batch, { status: 'cancelled', cancelled_at: CREATED + 2 })
  if (next === undefined || batch.status === 'cancelled') return batch
  batch.status = next
  if (next === 'completed') finish(batch, files)
  return batch
}

/** A line of the input that is no request goes to the file of errors. */
function finish(batch: Batch, files: FileStore): void {
  const lines = files.content(batch.input_file_id).toString('utf8').split('\n').filter(Boolean)
  const requests = lines.map(parsed).filter(isObject)
  const responses = requests.map(({ custom_id, body }, index) => ({
    id: `batch_req_${index}`,
    custom_id,
    response: {
      status_code: 200,
      request_id: `req_batch_${index}`,
      body: { object: 'chat.completion', echo: body },
    },
    error: null,
  }))
  const wrong = lines.length - requests.length
  const file = (name: string, rows: object[]) =>
    files.add(name, 'batch_output', Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))).id
  batch.output_file_id = file(`${batch.id}_output.jsonl`, responses)
  if (wrong > 0)
    batch.error_file_id = file(`${batch.id}_error.jsonl`, [{ error: { code: 'invalid_json_line', wrong } }])
  batch.request_counts = { total: lines.length, completed: responses.length, failed: wrong }
  batch.completed_at = CREATED + 60
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
