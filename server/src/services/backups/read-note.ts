import { BACKUP_NOTE_MAX } from '../../domain/backups/backup.ts'
import { displayTextFault } from '../../domain/display-text.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'

/** What somebody says of a backup; null and blank text: nothing. */
export function readNote(sent: string | null): Result<string | null> {
  const note = (sent ?? '').length > 4 * BACKUP_NOTE_MAX ? (sent ?? '') : (sent ?? '').trim()
  if (note === '') return ok(null)
  if (note.length > BACKUP_NOTE_MAX)
    return failed('TOO_LONG', 'note', `note must have at most ${BACKUP_NOTE_MAX} characters.`, {
      maxLength: BACKUP_NOTE_MAX,
    })
  const fault = displayTextFault(note, { lines: false })
  return fault === null ? ok(note) : failed('INVALID', 'note', `note ${fault}`)
}
