// Read by the Prisma CLI alone; the server connects through its own driver adapters.
import { defineConfig } from 'prisma/config'

const provider = process.env.DB_PROVIDER === 'postgresql' ? 'postgresql' : 'sqlite'

export default defineConfig({ schema: provider })
