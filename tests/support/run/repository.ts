// The repository that the tests stand in, and running its tools.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Absolute path of the workspace's root. */
export const repositoryRoot = join(import.meta.dirname, '..', '..', '..')

/**
 * Files that git holds or would take with `git add`, by their paths from the root, with forward slashes.
 * Files that are deleted but not yet committed as such are left out.
 */
export function repositoryFiles(...pathspecs: string[]): string[] {
  const list = (...options: string[]) =>
    execFileSync('git', ['ls-files', '-z', ...options, '--', ...pathspecs], {
      cwd: repositoryRoot,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    }).split('\0')
  const disconnected = new Set(list('--deleted'))
  const files = new Set(list('--cached', '--others', '--exclude-standard'))
  return [...files].filter((file) => file !== '' && !disconnected.has(file)).sort()
}

/** The text of a file of the repository, by its path from the root. */
export function repositoryText(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8')
}

/**
 * Runs a command in the repository, with the workspace's own programs first on the PATH.
 *
 * @param room the package to run in, by its path from the root.
 * @returns what it printed on both streams, and its exit code (null when a signal ended it).
 */
export function runTool(
  command: string,
  args: string[],
  room = '.',
): Promise<{ code: number | null; output: string }> {
  const cwd = join(repositoryRoot, room)
  const path = [join(cwd, 'node_modules/.bin'), join(repositoryRoot, 'node_modules/.bin'), process.env.PATH]
  return new Promise((resolve, reject) => {
    const tool = spawn(command, args, {
      cwd,
      env: { ...process.env, PATH: path.join(delimiter), NO_COLOR: '1', FORCE_COLOR: undefined },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    const keep = (chunk: Buffer) => {
      output += chunk
    }
    tool.stdout.on('data', keep)
    tool.stderr.on('data', keep)
    tool.once('error', reject)
    tool.once('close', (code) => resolve({ code, output }))
  })
}
