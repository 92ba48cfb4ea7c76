// Whether what the build makes is there: without it a server would start, call itself ready, and fail at the first request.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../../domain/start-error.ts'
import { CONSOLE_NOT_BUILT, isConsoleBuilt } from '../../ops/console-files.ts'

const GENERATED = join(import.meta.dirname, '../../../../prisma/generated')
/** Where the build of this repository's console is. */
export const CONSOLE_BUILD = join(import.meta.dirname, '../../../../console/build')
const FILES = ['sqlite/client.ts', 'postgresql/client.ts', 'pothos.ts']

/** Throws StartError, which says what to run. `folder` is where the generated code is; absent: this repository's. */
export function checkArtefacts(folder: string = GENERATED): void {
  const missing = FILES.filter((file) => !existsSync(join(folder, file)))
  if (missing.length === 0) return
  throw new StartError(
    `The generated code is missing (${missing.map((file) => join(folder, file)).join(', ')}). Run \`npx -y pnpm@12 generate\`, then start again.`,
  )
}

/** A warning for the log where `folder` has no console, without which everything else is served; null where it has one. */
export function consoleWarning(folder: string = CONSOLE_BUILD): string | null {
  return isConsoleBuilt(folder) ? null : CONSOLE_NOT_BUILT
}
