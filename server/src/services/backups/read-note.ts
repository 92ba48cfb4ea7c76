import { BACKUP_NOTE_MAX } from '../../domain/backups/backup.ts'
import { readOptionalText } from '../../domain/read-display-text.ts'
import type { Result } from '../../domain/user-error.ts'

/** What somebody says of a backup; null and blank text: nothing. */
export function readNote(sent: string | null): Result<string | null> {
  return readOptionalText(sent, { field: 'note', max: BACKUP_NOTE_MAX })
}
