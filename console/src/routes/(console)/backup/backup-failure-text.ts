// Why a backup was not made, in the reader's language: by its code.
import type { BackupFailureCode, BackupStatus } from '@latchkey/sdk'
import { formatBytes } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'

type Detail = NonNullable<BackupStatus['failureDetail']>

const texts: Readonly<Record<BackupFailureCode, (detail: Detail) => string>> = {
  NO_ROOM: ({ freeBytes, neededBytes }) =>
    m.backup_failure_no_room({ free: formatBytes(freeBytes ?? 0), needed: formatBytes(neededBytes ?? 0) }),
  DAMAGED: () => m.backup_failure_damaged(),
  POSTGRESQL: () => m.backup_failure_postgresql(),
  STOPPED: () => m.backup_failure_stopped(),
  FAILED: ({ systemError }) => m.backup_failure_failed({ error: systemError ?? '–' }),
}

/** One or two sentences; null: none has failed. Of a code that a newer server has: its own message. */
export function backupFailureText({ failure, failureCode, failureDetail }: BackupStatus): string | null {
  if (failureCode === null || failureDetail === null) return failure
  return texts[failureCode]?.(failureDetail) ?? failure
}
