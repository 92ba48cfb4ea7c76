// Reads the body of a control-plane request into memory; these are small.
import type { IncomingMessage } from 'node:http'
import { AdminError, badInput, ClientDisconnected } from '../domain/admin-errors.ts'

/**
 * The body as text. Throws PAYLOAD_TOO_LARGE above the limit, REQUEST_TIMEOUT where it has not ended after `deadlineMs`
 * milliseconds, BAD_USER_INPUT for a body that is not UTF-8, ClientDisconnected for one that was aborted.
 */
export async function readText(
  request: IncomingMessage,
  maxBytes: number,
  deadlineMs: number | null = null,
): Promise<string> {
  const bytes = await readBytes(request, maxBytes, deadlineMs)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badInput(null, 'The body is not valid UTF-8.')
  }
}

async function readBytes(
  request: IncomingMessage,
  maxBytes: number,
  deadlineMs: number | null,
): Promise<Buffer> {
  const tooLarge = new AdminError(
    'PAYLOAD_TOO_LARGE',
    `The body is larger than the ${maxBytes} bytes allowed here.`,
  )
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge
  // It disconnected before this, and there will be no event of it.
  if (request.destroyed) throw new ClientDisconnected()
  const chunks: Buffer[] = []
  let size = 0
  let isRefused = false
  let deadline: NodeJS.Timeout | undefined
  // Listeners, not `for await`: leaving its loop early would destroy the connection before the response is sent.
  return new Promise<Buffer>((resolve, reject) => {
    const refuse = (error: AdminError) => {
      isRefused = true
      chunks.length = 0
      reject(error)
    }
    if (deadlineMs !== null)
      deadline = setTimeout(() => refuse(new AdminError('REQUEST_TIMEOUT')), deadlineMs)
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (isRefused) return
      if (size <= maxBytes) chunks.push(chunk)
      else refuse(tooLarge)
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    // Node reports a client that has disconnected as an error, with a stack of its own.
    request.on('error', () => reject(new ClientDisconnected()))
    request.on('close', () => reject(new ClientDisconnected()))
  }).finally(() => clearTimeout(deadline))
}
