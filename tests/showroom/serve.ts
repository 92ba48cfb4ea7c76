// Serves the console over a seeded data directory, with its providers: `node tests/showroom/serve.ts [--data DIR] [--port 8010]
// [--traffic 1]`. Seeds the directory first where there is none. `--traffic`: calls a second that keep coming; 0: none.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { repositoryRoot } from '../support/run/repository.ts'
import { runToEnd } from './run-to-end.ts'
import { serveShowroom } from './served-showroom.ts'
import { FACTS_FILE } from './showroom-facts.ts'

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: join(repositoryRoot, 'data', 'showroom') },
    port: { type: 'string', default: '8010' },
    traffic: { type: 'string', default: '1' },
    calls: { type: 'string', default: '100000' },
  },
})
const dataDir = resolve(options.data)
if (!existsSync(join(dataDir, FACTS_FILE))) {
  console.log('Making ninety days of history, once …')
  await runToEnd(['tests/showroom/seed.ts', '--data', dataDir, '--calls', options.calls])
}
await runToEnd(['prisma/generate.ts'])
await runToEnd(['console/build.ts'])
const server = await serveShowroom(dataDir, { port: Number(options.port), traffic: Number(options.traffic) })
const { username, password } = server.facts
console.log(`${server.url}   ${username} / ${password}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void server.close().then(() => process.exit(0)))
