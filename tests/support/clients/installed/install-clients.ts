// Installs the clients of tests/conformance/clients, which the repository's own installation leaves out for their size.
import { spawnSync } from 'node:child_process'
import { clientsRoom } from './client-program.ts'

/**
 * Vitest runs this before the project's first file. Exactly the versions of the lockfile; nothing happens where they are
 * installed already.
 *
 * @throws when the installation fails; it has already printed why.
 */
export default function setup(): void {
  const { status, signal } = spawnSync('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile', '--silent'], {
    cwd: clientsRoom,
    stdio: 'inherit',
  })
  if (status !== 0)
    throw new Error(`The clients could not be installed (${signal ?? `exit code ${status}`}).`)
}
