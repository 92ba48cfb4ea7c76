// What a realtime session used: the total of what its events report, of tokens, of built-in tools and of text messages.
import { isObject } from '../../domain/is-object.ts'
import type { Usage } from '../../domain/logs/call-record.ts'
import { USAGE_NAMES } from '../../domain/logs/generated/new-record.ts'
import type { UsageDetails } from '../../domain/pricing/billable-usage.ts'
import { FEE_UNITS } from '../../domain/pricing/prices.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import { billedFacts, type ToolUse } from '../metering/read-fees.ts'
import { detailsFrom, usageFrom } from '../metering/read-usage.ts'
import { NOTHING_REPORTED, type ReportedUnits } from '../pricing/charge.ts'

// What the columns hold.
const COUNT_MAX = 2 ** 31 - 1
const USAGE_KEY = Buffer.from('"usage"')
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])

export type SessionUsage = {
  /** Takes any text message of the upstream, of which few are parsed. True where it reported more usage. */
  read(message: Buffer): boolean
  /** Whether a response has begun whose usage has not been reported yet. */
  owed(): boolean
  /** Null where no event has reported any. */
  sum(): Usage | null
  /** What the cost depends on beside that. */
  reported(): ReportedUnits
}

/** The usage of a session that has just been opened. */
export function createSessionUsage(): SessionUsage {
  let sum: Usage | null = null
  let details: UsageDetails | null = null
  let tools: ToolUse | null = null
  // A live session reports its audio as a total, not as an increment.
  let inProgress = 0
  let liveSeconds: UsageDetails | null = null
  return {
    read(message) {
      const change = progressOf(message)
      inProgress =
        change === 'done' ? Math.max(0, inProgress - 1) : inProgress + (change === 'created' ? 1 : 0)
      if (isTextMessage(message)) tools = addedTools(tools, ONE_MESSAGE)
      if (!mayReportUsage(message)) return false
      const { reported, response, isTotal } = usageIn(message)
      if (isTotal) {
        liveSeconds = detailsFrom(reported)
        return liveSeconds !== null
      }
      const usage = usageFrom(reported)
      if (usage !== null) sum = sum === null ? usage : added(sum, usage)
      const more = detailsFrom(reported)
      if (more !== null) details = details === null ? more : addedDetails(details, more)
      const used = response === null ? null : billedFacts(response, reported).tools
      if (used !== null) tools = addedTools(tools, used)
      return usage !== null || more !== null || used !== null
    },
    owed: () => inProgress > 0,
    sum: () => sum,
    reported: () => ({
      ...NOTHING_REPORTED,
      details:
        details === null || liveSeconds === null
          ? (details ?? liveSeconds)
          : addedDetails(details, liveSeconds),
      tools,
    }),
  }
}

const RESPONSE = Buffer.from('"response.')
const CREATED = Buffer.from('created"')
const DONE = Buffer.from('done"')

/** Whether a response begins or ends with a message. Of most messages, whose type stands first, only the beginning is read. */
function progressOf(message: Buffer): 'created' | 'done' | null {
  const at = message.indexOf(RESPONSE) + RESPONSE.length
  if (at < RESPONSE.length) return null
  if (message.compare(DONE, 0, DONE.length, at, Math.min(at + DONE.length, message.length)) === 0)
    return 'done'
  return message.compare(CREATED, 0, CREATED.length, at, Math.min(at + CREATED.length, message.length)) === 0
    ? 'created'
    : null
}

/** Whether `"usage": {` is in a message; most have no `"usage"`. In a text its quotes would be escaped. */
function mayReportUsage(message: Buffer): boolean {
  for (let at = message.indexOf(USAGE_KEY); at !== -1; at = message.indexOf(USAGE_KEY, at)) {
    at += USAGE_KEY.length
    while (message[at] === COLON || SPACES.has(message[at] ?? 0)) at++
    if (message[at] === OPEN_OBJECT) return true
  }
  return false
}

const ITEM = Buffer.from('"conversation.item.')
const INPUT_TEXT = Buffer.from('"input_text"')
const ONE_MESSAGE: ToolUse = { textMessage: 1 }

/**
 * Whether the upstream says that a text of the client is in the conversation. It has a fee where a session is charged by its time:
 * https://docs.x.ai/docs/guides/voice/agent. Of the events about one item, one has these names.
 */
function isTextMessage(message: Buffer): boolean {
  if (message.indexOf(ITEM) === -1 || message.indexOf(INPUT_TEXT) === -1) return false
  const event = parsedJson(message.toString('utf8'))
  if (!isObject(event) || !isObject(event.item) || event.item.role !== 'user') return false
  const { content } = event.item
  return (
    (event.type === 'conversation.item.added' || event.type === 'conversation.item.created') &&
    Array.isArray(content) &&
    content.some((part) => isObject(part) && part.type === 'input_text')
  )
}

function addedTools(one: ToolUse | null, other: ToolUse): ToolUse {
  const sum = { ...one }
  for (const unit of FEE_UNITS)
    if (other[unit]) sum[unit] = Math.min((sum[unit] ?? 0) + other[unit], COUNT_MAX)
  return sum
}

/** `response`: what used the tools. */
type Reported = { reported: unknown; response: Record<string, unknown> | null; isTotal: boolean }

const NOTHING: Reported = { reported: null, response: null, isTotal: false }

/**
 * By the events of https://platform.openai.com/docs/api-reference/realtime-server-events, and of live sessions, which hold those
 * of the responses that they delegate to.
 */
function usageIn(message: Buffer): Reported {
  const event = parsedJson(message.toString('utf8'))
  if (!isObject(event)) return NOTHING
  switch (event.type) {
    case 'response.done':
      return usageOf(event.response)
    case 'conversation.item.input_audio_transcription.completed':
      return { ...NOTHING, reported: event.usage }
    case 'response.event': {
      const { event: inner } = event
      const isLast = isObject(inner) && LAST_EVENTS.has(String(inner.type))
      return isLast ? usageOf(inner.response) : NOTHING
    }
    case 'session.usage.updated':
    case 'session.closed':
      return isObject(event.usage)
        ? { ...NOTHING, reported: { type: 'duration', seconds: event.usage.seconds }, isTotal: true }
        : NOTHING
    default:
      return NOTHING
  }
}

const LAST_EVENTS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
])

function usageOf(response: unknown): Reported {
  return isObject(response) ? { reported: response.usage, response, isTotal: false } : NOTHING
}

function added(one: Usage, other: Usage): Usage {
  const sum = { ...one }
  for (const name of USAGE_NAMES) sum[name] = plus(one[name], other[name])
  return sum
}

function addedDetails(one: UsageDetails, other: UsageDetails): UsageDetails {
  return {
    convention: one.convention,
    cachedAudioTokens: plus(one.cachedAudioTokens, other.cachedAudioTokens),
    cachedImageTokens: plus(one.cachedImageTokens, other.cachedImageTokens),
    cacheWriteTokens: plus(one.cacheWriteTokens, other.cacheWriteTokens),
    cacheWrite1hTokens: plus(one.cacheWrite1hTokens, other.cacheWrite1hTokens),
    inputAudioTokens: plus(one.inputAudioTokens, other.inputAudioTokens),
    inputImageTokens: plus(one.inputImageTokens, other.inputImageTokens),
    inputVideoTokens: plus(one.inputVideoTokens, other.inputVideoTokens),
    outputAudioTokens: plus(one.outputAudioTokens, other.outputAudioTokens),
    outputImageTokens: plus(one.outputImageTokens, other.outputImageTokens),
    outputVideoTokens: plus(one.outputVideoTokens, other.outputVideoTokens),
    seconds: plus(one.seconds, other.seconds),
    totalTokens: null,
  }
}

/** What is known of two counts together; null where nothing is. */
function plus(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.min(one + other, COUNT_MAX)
}
