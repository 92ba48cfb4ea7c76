// The SDK as somebody outside this repository has it: built, packed, and installed in an empty project.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runTool } from './run/repository.ts'

export type InstalledSdk = {
  /** The packed file's bytes. */
  tarball: Buffer
  /** The package.json that was packed. */
  manifest: Record<string, unknown>
  /** The project that it is installed in. */
  project: string
  /** Writes a file of the project and returns its path. */
  write(name: string, text: string): string
  remove(): void
}

/** Packs sdk/, which builds it, and installs the tarball, which needs no other package. */
export async function installSdk(): Promise<InstalledSdk> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sdk-'))
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{"name":"outside","private":true,"type":"module"}\n')
  await run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', folder], 'sdk')
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  if (name === undefined) throw new Error('nothing was packed')
  const packed = join(folder, name)
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', packed], { cwd: project })
  const installed = join(project, 'node_modules/@latchkey/sdk/package.json')
  return {
    tarball: readFileSync(packed),
    manifest: JSON.parse(readFileSync(installed, 'utf8')),
    project,
    write(file, text) {
      writeFileSync(join(project, file), text)
      return join(project, file)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Runtimes that this machine can run the SDK under, each with its program; the one of the tests is among them. */
export function runtimes(): { name: string; program: string }[] {
  const require = createRequire(new URL('../runtimes/package.json', import.meta.url))
  const carried = [
    { name: 'Node 20', program: 'node-20-linux-x64/bin/node' },
    { name: 'Node 22', program: 'node-22-linux-x64/bin/node' },
    { name: 'Bun', program: 'bun-linux-x64/bin/bun' },
  ]
  const found = carried.flatMap(({ name, program }) => {
    const [packageName = ''] = program.split('/')
    try {
      const manifest = require.resolve(`${packageName}/package.json`)
      return [{ name, program: join(manifest, '..', program.slice(packageName.length)) }]
    } catch {
      // An optional dependency for another kind of machine.
      return []
    }
  })
  return [...found, { name: `Node ${process.versions.node.split('.')[0]}`, program: process.execPath }]
}

async function run(command: string, args: string[], room: string): Promise<void> {
  const { code, output } = await runTool(command, args, room)
  if (code !== 0) throw new Error(output)
}
