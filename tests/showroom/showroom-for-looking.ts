// The seeded server that the tools look at: one that runs already, or one of their own over a copy.
import { runToEnd } from './run-to-end.ts'
import { type ServedShowroom, serveShowroom } from './served-showroom.ts'
import { readFacts } from './showroom-facts.ts'
import { copyOfTemplate } from './template.ts'

/** `url` undefined: the console is built, and served over a copy of the template. Else SHOWROOM_DATA has to name its directory. */
export async function showroomForLooking(url?: string): Promise<ServedShowroom> {
  if (url !== undefined) {
    const dataDir = process.env.SHOWROOM_DATA
    if (dataDir === undefined) throw new Error('Name the data directory of that server as SHOWROOM_DATA.')
    return { url, facts: readFacts(dataDir), close: async () => undefined }
  }
  await runToEnd(['prisma/generate.ts'])
  await runToEnd(['console/build.ts'])
  const { dataDir, remove } = await copyOfTemplate()
  const served = await serveShowroom(dataDir)
  return {
    ...served,
    async close() {
      await served.close()
      remove()
    },
  }
}
