// GET /export/backups/<id>.tar: the manifest and the database of a backup, as they are read from the disk.
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AdminError } from '../../domain/admin-errors.ts'
import { type OpenedBackup, openBackup } from '../../services/backups/manage-backups.ts'
import { type RestCall, SENT } from '../rest-call.ts'
import { TAR_END, tarHeader, tarLength, tarPadding } from './tar.ts'

// A client that reads nothing for so long has left.
const IDLE_MS = 120_000

/** The whole database but for the encryption key: an audit event, and nothing for whoever is restricted to some owners. */
export async function downloadBackup(call: RestCall): Promise<typeof SENT> {
  const { plane, actor, request, response, keyId: id } = call
  if (actor.owners !== null)
    throw new AdminError(
      'FORBIDDEN',
      'A backup is of all keys, and you are restricted to those of some owners.',
    )
  const opened = await openBackup(plane, actor, id)
  if (opened === null) throw new AdminError('NOT_FOUND', 'There is no such backup, or its file is damaged.')
  const manifest = Buffer.from(opened.manifest)
  response.writeHead(200, {
    'content-type': 'application/x-tar',
    'content-length': tarLength([manifest.length, opened.backup.copy.bytes]),
    'content-disposition': `attachment; filename="${opened.backup.id}.tar"`,
  })
  if (request.method === 'HEAD') {
    response.end()
    return SENT
  }
  response.setTimeout(IDLE_MS, () => response.destroy())
  try {
    await pipeline(Readable.from(archive(opened, manifest), { objectMode: false }), response)
  } catch (error) {
    // The head has been sent: the client sees from the length that the rest is missing.
    if (!response.destroyed) response.destroy()
    if (!isDisconnect(error)) throw error
  }
  return SENT
}

async function* archive({ backup, database }: OpenedBackup, manifest: Buffer): AsyncGenerator<Buffer> {
  const { id, createdMs: atMs, copy } = backup
  yield tarHeader({ name: `${id}.json`, bytes: manifest.length, atMs })
  yield manifest
  yield tarPadding(manifest.length)
  yield tarHeader({ name: `${id}.db`, bytes: copy.bytes, atMs })
  // No more than the header says, whatever has become of the file.
  yield* createReadStream(database, { end: copy.bytes - 1, highWaterMark: 256 * 1024 })
  yield tarPadding(copy.bytes)
  yield TAR_END
}

function isDisconnect(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE'
}
