// What an estimate of a call's tokens costs, over sizes and kinds of text, and how far off it is.
// `node tests/bench/estimator.ts [--write]`; prints tables, and with --write puts them into docs/reference/performance.md.
import { createHash } from 'node:crypto'
import { availableParallelism, cpus } from 'node:os'
import { createContentMemory } from '@latchkey/server/gateway/capture/content-memory.ts'
import { forgetTexts, tokensOf } from '@latchkey/server/gateway/metering/estimate/count-tokens.ts'
import {
  approximateTokensOfCall,
  estimateTokens,
  type UnmeteredCall,
} from '@latchkey/server/gateway/metering/estimate/estimate-tokens.ts'
import { keptRequest } from '@latchkey/server/gateway/metering/estimate/kept-request.ts'
import { StreamKeeper } from '@latchkey/server/gateway/metering/estimate/stream-keeper.ts'
import { ms, table, writeSection } from './report.ts'

const SIZES = [1_000, 10_000, 100_000, 1_000_000, 4_000_000]
/** Characters of text in an event: what models write at once is shorter, what hostile upstreams do longer. */
const EVENT_CHARS = 100
const MEASURED_MS = 250
const STEP_RUNS = 20
/** So much text is counted by each kind first, so that compilers have seen it. */
const WARM_CHARS = 1_000_000

const REQUEST = Buffer.from('{"messages":[{"role":"user","content":"Say hello"}]}')
const KINDS = {
  words: 'The committee, which met on Tuesday, could not agree; nevertheless, its chairwoman said so. ',
  Chinese: '人工智能正在改变我们的生活方式，许多公司都在使用大型语言模型来提高效率。',
  base64: Buffer.concat(
    Array.from({ length: 2_000 }, (_, index) => createHash('sha512').update(`${index}`).digest()),
  ).toString('base64'),
  'one letter': 'x'.repeat(1_000),
}

const perByte: string[][] = []
const whole: string[][] = []
for (const [kind, sample] of Object.entries(KINDS)) {
  for (let chars = 0; chars < WARM_CHARS; chars += 50_000) runOf(kept(eventsOf(sample, 50_000)))
  const sizes = SIZES.map((chars) => measured(sample, chars))
  perByte.push([
    kind,
    ...sizes.map(({ estimateMs, textBytes }) => ((estimateMs * 1e6) / textBytes).toFixed(0)),
  ])
  const last = sizes.at(-1)
  const most = Math.max(...sizes.map(({ estimateMs }) => estimateMs))
  const stepMs = Math.max(...sizes.map((size) => size.stepMs))
  whole.push([
    kind,
    ms(most),
    ms(stepMs),
    `${((last?.error ?? 0) * 100).toFixed(1)}%`,
    `${(last?.roughUs ?? 0).toFixed(0)}`,
    `${((last?.roughError ?? 0) * 100).toFixed(0)}%`,
    (last?.keepNs ?? 0).toFixed(2),
  ])
}

const text = [
  `Processor time on ${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node.js ${process.version}; the text is in a stream of events of ${EVENT_CHARS} characters.`,
  table(['an estimate, ns a byte of text', ...SIZES.map((size) => `${size / 1_000} KB`)], perByte),
  table(
    [
      'of any size up to 4 MB',
      'longest estimate, ms',
      'longest step, ms',
      'off at 4 MB',
      'rough estimate of 4 MB, µs',
      'off by',
      'keeping, ns a byte of the stream',
    ],
    whole,
  ),
].join('\n\n')
console.log(text)
if (process.argv.includes('--write')) writeSection('estimator', text)

function measured(sample: string, chars: number) {
  const chunks = eventsOf(sample, chars)
  const call = kept(chunks)
  // What the tokenizer counts in 10,000 characters, scaled.
  const exact = (runOf(kept(eventsOf(sample, 10_000))).tokens * chars) / 10_000
  const { tokens } = runOf(call)
  const rough = approximateTokensOfCall(call)?.outputTokens ?? 0
  return {
    textBytes: Buffer.byteLength(textOf(sample, chars)),
    estimateMs: spentMs(() => runOf(call)),
    stepMs: longestStep(Array.from({ length: STEP_RUNS }, () => runOf(call).steps)),
    error: Math.abs(tokens / exact - 1),
    roughUs: spentMs(() => approximateTokensOfCall(call)) * 1_000,
    roughError: Math.abs(rough / exact - 1),
    keepNs: (spentMs(() => kept(chunks)) * 1e6) / call.response.totalBytes,
  }
}

/**
 * Processor time of one run, in milliseconds: other work on the machine is not in it. Kernels count it in steps of some
 * milliseconds, so as many runs are made as take MEASURED_MS.
 */
function spentMs(run: () => void): number {
  const before = process.threadCpuUsage()
  for (let runs = 1; ; runs++) {
    run()
    const { user, system } = process.threadCpuUsage()
    const spent = (user + system - before.user - before.system) / 1_000
    if (spent >= MEASURED_MS) return spent / runs
  }
}

/** One estimate, as the thread makes it; `steps`: how long each of them took, in milliseconds. */
function runOf(call: UnmeteredCall): { tokens: number; steps: number[] } {
  const estimate = estimateTokens(call, tokensOf)
  const steps: number[] = []
  for (let before = performance.now(); ; ) {
    const { done, value } = estimate.next()
    const now = performance.now()
    steps.push(now - before)
    before = now
    if (!done) continue
    forgetTexts()
    return { tokens: value?.outputTokens ?? 0, steps }
  }
}

/** Of runs with the same steps: what the longest takes where nothing disturbs it. */
function longestStep(runs: number[][]): number {
  const [first] = runs
  return Math.max(...(first ?? []).map((_, index) => Math.min(...runs.map((steps) => steps[index] ?? 0))))
}

function eventsOf(sample: string, chars: number): Buffer[] {
  const text = textOf(sample, chars)
  const events: Buffer[] = []
  for (let at = 0; at < text.length; at += EVENT_CHARS) {
    const choices = [{ index: 0, delta: { content: text.slice(at, at + EVENT_CHARS) }, finish_reason: null }]
    events.push(Buffer.from(`data: ${JSON.stringify({ id: 'chatcmpl-1', choices })}\n\n`))
  }
  return events
}

function kept(chunks: Buffer[]): UnmeteredCall {
  const keeper = new StreamKeeper(createContentMemory())
  for (const chunk of chunks) keeper.add(chunk)
  return { request: keptRequest(REQUEST), response: keeper.kept(), isEventStream: true }
}

function textOf(sample: string, chars: number): string {
  return sample.repeat(Math.ceil(chars / sample.length)).slice(0, chars)
}
