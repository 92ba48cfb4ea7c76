// The licences of the packages that Latchkey ships: a text file beside the console, to which the screen About leads.
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

type Manifest = {
  name?: string
  version?: string
  license?: unknown
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}
type Package = { name: string; version: string; licence: string; text: string | null }

/**
 * One line for each package that `folders`, packages of the workspace, need when they run, and for each that they are developed with and
 * for which `built` is true; then the text of each licence, once. About 200 kB.
 */
export function licencesOf(folders: readonly string[], built: (name: string) => boolean): string {
  const packages = new Map<string, Package>()
  const seen = new Set<string>()
  const queue = folders.map((folder) => ({ folder, isOurs: true }))
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const { folder, isOurs } = next
    if (seen.has(folder)) continue
    seen.add(folder)
    const manifest: Manifest & { devDependencies?: Record<string, string> } = readManifest(folder)
    const { name = '', version = '' } = manifest
    if (!isOurs) {
      packages.set(`${name} ${version}`, {
        name,
        version,
        licence: licenceOf(manifest),
        text: textIn(folder),
      })
    }
    const needed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    const bundled = isOurs ? Object.keys(manifest.devDependencies ?? {}).filter(built) : []
    for (const dependency of [...needed, ...bundled]) {
      const found = find(dependency, folder)
      if (found !== null) queue.push({ folder: found, isOurs: dependency.startsWith('@latchkey/') })
    }
  }
  return written([...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1)))
}

function written(packages: readonly Package[]): string {
  const lines = packages.map(({ name, version, licence }) => `${name} ${version}: ${licence}`)
  const texts = Map.groupBy(
    packages.filter(({ text }) => text !== null),
    ({ text }) => text,
  )
  const parts = [...texts].map(([text, of]) => `${of.map(({ name }) => name).join(', ')}\n\n${text}\n`)
  const rule = `\n${'-'.repeat(80)}\n`
  return [`Packages that Latchkey ships, and their licences\n\n${lines.join('\n')}\n`, ...parts].join(rule)
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** An SPDX expression; older packages have objects. */
function licenceOf({ license }: Manifest): string {
  if (typeof license === 'string') return license
  return typeof license === 'object' && license !== null && 'type' in license
    ? String(license.type)
    : 'unknown'
}

function textIn(folder: string): string | null {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)([.-].*)?$/i.test(name))
  if (file === undefined) return null
  const text = readFileSync(join(folder, file), 'utf8')
  return text.replaceAll('\r\n', '\n').trim()
}

/** The folder of a package as Node finds it from another; null: it is optional, and for another system. */
function find(name: string, from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate)
    if (folder === dirname(folder)) return null
  }
}
