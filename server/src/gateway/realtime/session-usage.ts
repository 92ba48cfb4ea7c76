// The token usage of a realtime session: the total of what its events report.
import type { Usage } from '../../domain/logs/call-record.ts'
import { USAGE_NAMES } from '../../domain/logs/generated/new-record.ts'
import type { UsageDetails } from '../../domain/pricing/billable-usage.ts'
import { detailsFrom, usageFrom } from '../metering/read-usage.ts'

// The events that report usage: https://platform.openai.com/docs/api-reference/realtime-server-events.
const USAGE_EVENTS = ['response.done', 'conversation.item.input_audio_transcription.completed'] as const
const MARKS = USAGE_EVENTS.map((type) => Buffer.from(`"${type}"`))
// Far longer than any of them: they hold text, and no audio.
const EVENT_MAX_BYTES = 4 * 1024 * 1024
// What the columns hold.
const COUNT_MAX = 2 ** 31 - 1

export type SessionUsage = {
  /** Takes any text message of the upstream; few are parsed. */
  read(message: Buffer): void
  /** Null where no event has reported any. */
  sum(): Usage | null
  /** What the cost depends on beside that; null where no event has reported any. */
  details(): UsageDetails | null
}

/** The usage of a session that has just been opened. */
export function createSessionUsage(): SessionUsage {
  let sum: Usage | null = null
  let details: UsageDetails | null = null
  return {
    read(message) {
      if (message.length > EVENT_MAX_BYTES || !MARKS.some((mark) => message.includes(mark))) return
      const reported = usageIn(message)
      const usage = usageFrom(reported)
      if (usage !== null) sum = sum === null ? usage : added(sum, usage)
      const more = detailsFrom(reported)
      if (more !== null) details = details === null ? more : addedDetails(details, more)
    },
    sum: () => sum,
    details: () => details,
  }
}

function usageIn(message: Buffer): unknown {
  try {
    const event = JSON.parse(message.toString('utf8')) as {
      type?: unknown
      usage?: unknown
      response?: { usage?: unknown } | null
    } | null
    switch (event?.type) {
      case USAGE_EVENTS[0]:
        return event.response?.usage
      case USAGE_EVENTS[1]:
        return event.usage
      default:
        return null
    }
  } catch {
    // A message that is no JSON is passed on, and not read.
    return null
  }
}

function added(one: Usage, other: Usage): Usage {
  const sum = { ...one }
  for (const name of USAGE_NAMES) sum[name] = plus(one[name], other[name])
  return sum
}

function addedDetails(one: UsageDetails, other: UsageDetails): UsageDetails {
  return {
    convention: one.convention,
    cacheWriteTokens: plus(one.cacheWriteTokens, other.cacheWriteTokens),
    inputAudioTokens: plus(one.inputAudioTokens, other.inputAudioTokens),
    outputAudioTokens: plus(one.outputAudioTokens, other.outputAudioTokens),
    seconds: plus(one.seconds, other.seconds),
    totalTokens: null,
  }
}

/** What is known of two counts together; null where nothing is. */
function plus(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.min(one + other, COUNT_MAX)
}
