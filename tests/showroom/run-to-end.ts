// Runs a script of the repository as a process of its own.
import { spawn } from 'node:child_process'
import { repositoryRoot } from '../support/run/repository.ts'

/** Runs it with this Node, its output shown; rejects where it fails. */
export function runToEnd(script: readonly string[]): Promise<void> {
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, script, { cwd: repositoryRoot, stdio: 'inherit' })
    child.once('exit', (code) =>
      code === 0 ? done() : reject(new Error(`${script[0]} ended with ${code}.`)),
    )
  })
}
