// `latchkey backup create|list|verify|restore|mark`: on the data directory and the database themselves, beside a server or without one.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { Config } from '../app/settings/config.ts'
import { encryptionKeyIfThere } from '../app/settings/encryption-key.ts'
import type { Backup } from '../domain/backups/backup.ts'
import { backupFolder } from '../services/backups/backup-folder.ts'
import type { VerifiedBackup } from '../services/backups/verify-backup.ts'

const CONFIRMATION = 'restore'

const KEY_HELP = `
The encryption key is never in a backup. Keep LATCHKEY_ENCRYPTION_KEY, or the file encryption.key of the data directory, apart from the
backups: whoever has both can read the credentials of upstreams, and without it nobody can.`

/** Adds the commands. `config` reads the configuration, and throws ConfigError. */
export function addBackupCommands(program: Command, config: () => Config): void {
  const backup = program.command('backup').description('Backups of the database')

  backup
    .command('create')
    .description(
      'Back up a SQLite database into the folder backups of the data directory; the server may run',
    )
    .option('--note <text>', 'what to say of it', '')
    .option('--json', 'print the result as JSON', false)
    .addHelpText('after', KEY_HELP)
    .action(async ({ note, json }: { note: string; json: boolean }) => {
      const { createHere } = await import('../services/backups/backup-here.ts')
      const settings = config()
      const key = encryptionKeyIfThere(settings)
      const made = await createHere({ ...settings, encryptionKey: key, version: versionOf() }, note)
      print(made, json)
    })

  backup
    .command('list')
    .description('List the backups, and those of other programs that were noted, newest first')
    .option('--json', 'print each as JSON', false)
    .action(async ({ json }: { json: boolean }) => {
      const { listHere } = await import('../services/backups/backup-here.ts')
      const settings = config()
      const backups = await listHere(settings)
      for (const each of backups) print(each, json)
      if (backups.length === 0) console.error(`There is no backup in ${backupFolder(settings.dataDir)}.`)
    })

  backup
    .command('verify')
    .description('Read all of a backup, and say whether it is whole and this version can use it')
    .argument('<id or path>', 'its id, or the path of its .db or .json')
    .option('--json', 'print the result as JSON', false)
    .action(async (which: string, { json }: { json: boolean }) => {
      const { verifyBackup } = await import('../services/backups/verify-backup.ts')
      const { backup: found, problems } = await verifyBackup(config().dataDir, which)
      if (json) console.log(JSON.stringify({ id: found.id, ok: problems.length === 0, problems }))
      else console.log([line(found), ...(problems.length === 0 ? ['It is whole.'] : problems)].join('\n'))
      process.exitCode = problems.length === 0 ? 0 : 1
    })

  backup
    .command('restore')
    .description(
      'Put a backup in the place of the database; the server must be stopped. The former database is moved aside, and every session ends',
    )
    .argument('<id or path>', 'its id, or the path of its .db or .json')
    .option('--confirm <word>', `"${CONFIRMATION}": do not ask`)
    .addHelpText('after', KEY_HELP)
    .action(async (which: string, { confirm }: { confirm?: string }) => {
      const { restoreBackup } = await import('../services/backups/restore-backup.ts')
      const settings = config()
      const restored = await restoreBackup({
        dataDir: settings.dataDir,
        database: settings.database,
        encryptionKey: encryptionKeyIfThere(settings),
        which,
        nowMs: Date.now(),
        confirm: (verified, warnings) => confirmed(verified, warnings, confirm),
      })
      if (restored === null) {
        console.error('Nothing was changed.')
        process.exitCode = 1
        return
      }
      console.log(`${restored.id} is restored. Start the server.`)
      if (restored.former !== null) console.error(`The former database is in ${restored.former}.`)
    })

  backup
    .command('mark')
    .description('Note that another program, such as pg_dump, has made a backup now; the server may run')
    .option('--note <text>', 'what to say of it, such as where it is', '')
    .option('--json', 'print the result as JSON', false)
    .action(async ({ note, json }: { note: string; json: boolean }) => {
      const { markHere } = await import('../services/backups/backup-here.ts')
      print(await markHere(config(), note), json)
    })
}

async function confirmed(
  { backup }: VerifiedBackup,
  warnings: string[],
  word: string | undefined,
): Promise<boolean> {
  for (const warning of warnings) console.error(`Warning: ${warning}`)
  console.error(
    `${line(backup)}\nThe database will be as it was at ${new Date(backup.createdMs).toISOString()}: keys that were made since are not there, and keys that were revoked or changed since are as they were.`,
  )
  if (word !== undefined) return word === CONFIRMATION
  if (!process.stdin.isTTY) {
    console.error(`Nobody can be asked here: add --confirm ${CONFIRMATION}.`)
    return false
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await terminal.question(`Type ${CONFIRMATION} to go on: `)).trim() === CONFIRMATION
  } finally {
    terminal.close()
  }
}

function print(backup: Backup, json: boolean): void {
  const { copy, createdMs, ...rest } = backup
  console.log(
    json ? JSON.stringify({ ...rest, createdAt: new Date(createdMs).toISOString(), ...copy }) : line(backup),
  )
}

/** A backup as a line of a list: id, time, size, who made it, note. */
function line({ id, createdMs, createdBy, copy, note }: Backup): string {
  const size = copy === null ? 'made by another program' : `${Math.ceil(copy.bytes / 1_000)} kB`
  return [id, new Date(createdMs).toISOString(), size, `by ${createdBy}`, note ?? '']
    .filter(Boolean)
    .join('  ')
}

function versionOf(): string {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
