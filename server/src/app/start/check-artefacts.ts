// Whether what the build makes is there: without it a server would start, call itself ready, and fail at the first request.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../../domain/start-error.ts'

const GENERATED = join(import.meta.dirname, '../../../../prisma/generated')
const FILES = ['sqlite/client.ts', 'postgresql/client.ts', 'pothos.ts']

/** Throws StartError, which says what to run. `folder` is where the generated code is; absent: this repository's. */
export function checkArtefacts(folder: string = GENERATED): void {
  const missing = FILES.filter((file) => !existsSync(join(folder, file)))
  if (missing.length === 0) return
  throw new StartError(
    `The generated code is missing (${missing.map((file) => join(folder, file)).join(', ')}). Run \`npx -y pnpm@12 generate\`, then start again.`,
  )
}
