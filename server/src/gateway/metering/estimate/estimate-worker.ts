// The thread that counts tokens, so that a long text delays no call. It works on several estimates in turns, the shortest first.
// Its priority is not lowered: beside a full core, an estimate of 5 KB then took 27 ms in place of 1, and one in ten came too late.
import { parentPort } from 'node:worker_threads'
import { forgetTexts, tokensOf } from './count-tokens.ts'
import type { EstimateReply, EstimateRequest } from './estimate-protocol.ts'
import { type EstimatedTokens, estimateTokens } from './estimate-tokens.ts'
import { keptBytes } from './kept-body.ts'

type Job = { id: number; bytes: number; steps: Generator<void, EstimatedTokens | null> }

// After so long, messages are looked at: a short estimate that comes in goes first.
const TURN_MS = 2

const jobs: Job[] = []
let scheduled = false

parentPort?.on('message', (request: EstimateRequest) => {
  if ('cancelled' in request) cancel(request.cancelled)
  else {
    const { id, call } = request
    const bytes = keptBytes(call.request) + keptBytes(call.response)
    const before = jobs.findIndex((job) => job.bytes > bytes)
    jobs.splice(before === -1 ? jobs.length : before, 0, { id, bytes, steps: estimateTokens(call, tokensOf) })
  }
  schedule()
})

function schedule(): void {
  if (scheduled || jobs.length === 0) return
  scheduled = true
  setImmediate(takeTurn)
}

function takeTurn(): void {
  scheduled = false
  const end = performance.now() + TURN_MS
  while (jobs.length > 0 && performance.now() < end) step()
  schedule()
}

function step(): void {
  const [job] = jobs
  if (job === undefined) return
  try {
    const { done, value } = job.steps.next()
    if (done) finish(job, { id: job.id, tokens: value })
  } catch {
    finish(job, { id: job.id, failed: true })
  }
}

function finish(job: Job, reply: EstimateReply): void {
  jobs.splice(jobs.indexOf(job), 1)
  if (jobs.length === 0) forgetTexts()
  parentPort?.postMessage(reply)
}

function cancel(id: number): void {
  const job = jobs.find((one) => one.id === id)
  if (job !== undefined) finish(job, { id, failed: true })
}
