// Backups of the database: made by the server, noted, downloaded.
import { streamBytes, writeWhole } from '../exports/stream-bytes.ts'
import { present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions, ResolvedOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { Backup, BackupStatus } from '../types.ts'

export type BackupNote = {
  /** What to say of it; to 500 characters. */
  note?: string | undefined
}

export class Backups {
  readonly #send: Send
  readonly #options: ResolvedOptions

  constructor(send: Send, options: ResolvedOptions) {
    this.#send = send
    this.#options = options
  }

  /** The backups that are kept, and those of other programs that were noted, newest first. */
  list(page: PageArgs = {}, options?: CallOptions): List<Backup> {
    return new List(
      async (args) => (await this.#send((api, signal) => api.ListBackups(args, signal), options)).backups,
      page,
    )
  }

  /** Whether one is being made, and when the next one is. */
  async status(options?: CallOptions): Promise<BackupStatus> {
    return (await this.#send((api, signal) => api.GetBackupStatus({}, signal), options)).backupStatus
  }

  /** Makes a backup of a SQLite database. Null: it is still being made after 20 seconds, and goes on; `status` says when it is done. */
  async create(input: BackupNote = {}, options?: CallOptions): Promise<Backup | null> {
    const { createBackup } = await this.#send((api, signal) => api.CreateBackup({ input }, signal), options)
    throwUserErrors(createBackup)
    return createBackup.backup
  }

  /** Notes that another program, such as pg_dump, has made a backup now. */
  async mark(input: BackupNote = {}, options?: CallOptions): Promise<Backup> {
    const { markBackup } = await this.#send((api, signal) => api.MarkBackup({ input }, signal), options)
    throwUserErrors(markBackup)
    return present(markBackup.backup)
  }

  /** Removes a backup for good, or the note of one. Returns its id. */
  async delete(id: string, options?: CallOptions): Promise<string> {
    const input = { id }
    const { deleteBackup } = await this.#send((api, signal) => api.DeleteBackup({ input }, signal), options)
    throwUserErrors(deleteBackup)
    return present(deleteBackup.deletedId)
  }

  /** The bytes of a tar archive with the manifest and the database. Throws a ConnectionError where they break off. */
  download(id: string, options?: CallOptions): AsyncGenerator<Uint8Array, void, undefined> {
    return streamBytes(this.#options, `/export/backups/${encodeURIComponent(id)}.tar`, options)
  }

  /** Writes that archive into a file, under Node or Bun: whole, or not at all. An existing file is replaced. */
  downloadTo(id: string, path: string, options?: CallOptions): Promise<void> {
    return writeWhole(path, this.download(id, options))
  }
}
