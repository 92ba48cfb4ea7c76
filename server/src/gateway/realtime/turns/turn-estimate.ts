// Estimates what a response of a WebSocket has used, where it ends without its usage: from numbers alone, no text is kept.
import { isObject } from '../../../domain/is-object.ts'
import { estimatedInputTokens } from '../../admission/request-size.ts'
import type { Call } from '../../call/call.ts'
import { approximateTokens } from '../../metering/estimate/approximate-tokens.ts'
import type { ResponsesEvent } from './read-event.ts'

// Of a delta too long to be held.
const BYTES_PER_TOKEN = 4

/** Of one `response.create`. */
export class TurnEstimate {
  readonly #inputTokens: number
  #outputTokens = 0
  #begun = false

  constructor(message: Buffer) {
    this.#inputTokens = estimatedInputTokens(message)
  }

  /** Counts an event of `bytes` bytes, and says whether it is text of the response. */
  add({ type, parsed }: ResponsesEvent, bytes: number): 'text' | null {
    const isText = type.endsWith('.delta')
    if (isText || type === 'response.created') this.#begun = true
    if (!isText) return null
    const delta = isObject(parsed) ? parsed.delta : undefined
    this.#outputTokens += typeof delta === 'string' ? approximateTokens(delta) : bytes / BYTES_PER_TOKEN
    return 'text'
  }

  /** Whether the response has any text. */
  get written(): boolean {
    return this.#outputTokens > 0
  }

  /** Notes the estimate as the usage of a call that ends; nothing where the upstream had not begun the response. */
  noteIn(call: Call): void {
    if (!this.#begun || call.finished) return
    const outputTokens = Math.round(this.#outputTokens)
    call.note({ inputTokens: this.#inputTokens, outputTokens, usageSource: 'ESTIMATED' })
  }
}
