// Makes what tests need and git does not hold: the Prisma clients, and the console where a project looks at it.
import { spawnSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { repositoryRoot } from './repository.ts'

// `unit`: the console's own tests read its compiled messages.
const lookAtTheConsole = ['checks', 'unit', 'e2e']

/**
 * Runs inside vitest and not before it, so that a build which fails is a failed run with a closing line.
 * Both scripts do nothing when what they make is newer than its sources.
 *
 * @throws when a script fails; it has already printed why.
 */
export default function setup(project: TestProject): void {
  run('prisma/generate.ts')
  const chosen = project.vitest.projects.map(({ name }) => name)
  if (chosen.some((name) => lookAtTheConsole.includes(name))) run('console/build.ts')
}

function run(script: string): void {
  const { status, signal } = spawnSync(process.execPath, [script], { cwd: repositoryRoot, stdio: 'inherit' })
  if (status !== 0) throw new Error(`node ${script} failed (${signal ?? `exit code ${status}`}).`)
}
