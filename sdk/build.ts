// Writes dist/: what an installed @latchkey/sdk consists of, JavaScript modules with their declarations.
// Inside this repository src/ is imported as it is; `publishConfig` names dist/ in the packed package.json.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const room = fileURLToPath(new URL('.', import.meta.url))
const compiler = fileURLToPath(new URL('./bin/tsc', import.meta.resolve('typescript/package.json')))

// A file that is no longer made must not be packed.
rmSync(fileURLToPath(new URL('dist', import.meta.url)), { recursive: true, force: true })
const { status } = spawnSync(process.execPath, [compiler, '--project', 'tsconfig.build.json'], {
  cwd: room,
  stdio: 'inherit',
})
process.exitCode = status ?? 1
