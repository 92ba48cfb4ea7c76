// What an endpoint writes its response with.
import type { ServerResponse } from 'node:http'

export type Reply = {
  json(body: unknown, status?: number, headers?: Record<string, string>): void
  bytes(type: string, body: Uint8Array | string): void
  /** Responds with HTML, as a proxy in front of an API does. */
  page(status: number, html: string, headers: Record<string, string>): void
  /** What closes when the client disconnects; nothing is sent. */
  silence(): ServerResponse
  /** Sends the head of other bytes; whoever calls this writes them. */
  start(type: string): ServerResponse
  /** Sends each as one event; a string goes as it is, an object as JSON, named by its `type` where `named`. */
  events(events: readonly (object | string)[], named?: boolean): Promise<void>
}
