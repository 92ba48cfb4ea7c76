// What is kept of the content of one in-flight call; its outcome decides whether that is stored.
import type { IncomingHttpHeaders } from 'node:http'
import type { CapturedBody, CapturedContent } from '../../domain/content/captured-content.ts'
import { keptContent, mayKeepContent } from '../../domain/content/content-capture.ts'
import { secretMark } from '../../domain/content/find-secrets.ts'
import { type RequestShape, requestShapeOf } from '../../domain/content/request-shape.ts'
import { canonicalSecret } from '../../domain/keys/api-key.ts'
import type { Outcome } from '../../domain/logs/call-record.ts'
import type { ContentCapture } from '../../domain/policy/key-policy.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import { handshakeCredential } from '../realtime/handshake/handshake.ts'
import { KeptBody } from './captured-body.ts'
import type { ContentMemory } from './content-memory.ts'
import { SplitSecrets } from './split-secrets.ts'

export type CaptureSettings = {
  /** For keys whose policy does not set it. */
  capture: ContentCapture
  /** Bytes of each body that may be stored. */
  maxBytes: number
}

// Of a larger request only the size is kept: reading this much blocks the event loop for a millisecond.
const SHAPE_MAX_BYTES = 256 * 1024
const TYPE_MAX = 200
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Begins to capture a call of the key; null, without an allocation, where its content is not captured. */
export function captureOf(
  settings: CaptureSettings,
  memory: ContentMemory,
  key: KnownKey,
  headers: IncomingHttpHeaders,
): CallCapture | null {
  const capture = key.governed?.policy?.source.capture ?? settings.capture
  return capture === 'OFF' ? null : new CallCapture(capture, settings, memory, headers)
}

export class CallCapture {
  readonly capture: ContentCapture
  readonly #settings: CaptureSettings
  readonly #memory: ContentMemory
  readonly #keepsWords: boolean
  readonly #secretMark: string
  #secrets: readonly string[]
  /** Those that are found by their mark when the content is stored, in pieces too, and labelled there. */
  readonly #marked: readonly string[]
  #requestType: string | null = null
  #request: KeptBody | null = null
  #shape: RequestShape | null = null
  #responseType: string | null = null
  #response: KeptBody | null = null
  #begun = false
  #keepsResponse = true
  // What arrives after the end of an aborted call must take no memory, since nothing would release it.
  #ended = false

  constructor(
    capture: ContentCapture,
    settings: CaptureSettings,
    memory: ContentMemory,
    headers: IncomingHttpHeaders,
  ) {
    this.capture = capture
    this.#settings = settings
    this.#memory = memory
    this.#keepsWords = mayKeepContent(capture)
    const sent = handshakeCredential(headers) ?? ''
    const secret = canonicalSecret(sent) ?? ''
    this.#secretMark = secretMark(secret)
    this.#secrets = formsOf([sent, secret, secret.toUpperCase()])
    this.#marked = UUID.test(secret) ? this.#secrets : []
  }

  /** Texts that must not be kept, wherever they occur: the secrets that are sent to the upstream. */
  hide(secrets: readonly string[]): void {
    this.#secrets = formsOf([...this.#secrets, ...secrets])
  }

  /** The call has reached its body: from here on something of it is kept. `body` null: one that streams through. */
  noteRequest(type: string | undefined, body: Buffer | null): void {
    if (this.#ended) return
    this.#begun = true
    this.#requestType = this.#shortType(type)
    if (body === null) return
    if (this.#keepsWords) {
      this.#request = new KeptBody(this.#memory, this.#settings.maxBytes, this.#requestType)
      this.#request.add(body)
    }
    // In ERRORS it may be all that is kept in the end. A name in it may be a secret, too.
    if (this.capture !== 'FULL' && body.length <= SHAPE_MAX_BYTES) {
      this.#shape = requestShapeOf(this.#withoutSecrets(body.toString('utf8')))
    }
  }

  /** Its response makes a secret. */
  keepNoResponse(): void {
    this.#keepsResponse = false
  }

  /** A response begins; an earlier one, of a failed attempt, was never sent. */
  beginResponse(headers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.#response?.supersede()
    this.#response = null
    this.#responseType = this.#shortType(headers['content-type'])
    if (!this.#begun || !this.#keepsWords || !this.#keepsResponse || this.#ended) return
    if (!isText(this.#responseType) || headers['content-encoding'] !== undefined) return
    const isEventStream = /^text\/event-stream\b/i.test(this.#responseType ?? '')
    const split = isEventStream
      ? new SplitSecrets(this.#secrets.filter((one) => !this.#marked.includes(one)))
      : null
    this.#response = new KeptBody(this.#memory, this.#settings.maxBytes, this.#responseType, split)
  }

  /** Adds what is sent to the client. */
  addResponse(chunk: Buffer): void {
    if (!this.#ended) this.#response?.add(chunk)
  }

  /** What is to be stored now that the call has ended; null where it never reached its body. To be called once. */
  end(id: string, outcome: Outcome): CapturedContent | null {
    this.#ended = true
    const kept = keptContent(this.capture, outcome)
    if (!this.#begun || kept === 'NOTHING') return null
    const common = { id, kept, secretMark: this.#secretMark }
    if (kept === 'CONTENT') {
      const request = this.#request?.take(this.#secrets) ?? withoutBody(this.#requestType)
      const response = this.#response?.take(this.#secrets) ?? withoutBody(this.#responseType)
      return { ...common, kept, request, response, shape: null }
    }
    this.#request?.supersede()
    this.#response?.supersede()
    const [request, response] = [withoutBody(this.#requestType), withoutBody(this.#responseType)]
    return { ...common, kept, request, response, shape: this.#shape }
  }

  #shortType(value: string | string[] | undefined): string | null {
    const type = Array.isArray(value) ? value[0] : value
    if (type === undefined) return null
    return this.#withoutSecrets(type)
      .slice(0, TYPE_MAX)
      .replace(/[^\x20-\x7e]/g, '?')
  }

  #withoutSecrets(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replaceAll(secret, '*'), text)
  }
}

/** Secrets as they are, and as JSON has them in a string: with escapes before quotation marks and slashes. */
function formsOf(secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) => {
    const inJson = JSON.stringify(secret).slice(1, -1)
    return [secret, inJson, inJson.replaceAll('/', '\\/')]
  })
  return [...new Set(forms)].filter((text) => text !== '')
}

/** A body without a type is most likely the response of a model. */
function isText(type: string | null): boolean {
  return type === null || /^text\/|\b(json|jsonl|ndjson|xml)\b/i.test(type)
}

function withoutBody(type: string | null): CapturedBody {
  return { type, bytes: null, limit: 0, truncated: false }
}
