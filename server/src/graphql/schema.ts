// The whole admin schema: every file of types/, put together once.
import { builder } from './builder.ts'
import './types/scalars.ts'
import './types/user-error.ts'
import './types/viewer.ts'
import './types/server.ts'
import './types/api-key.ts'
import './types/api-key-queries.ts'
import './types/api-key-mutations.ts'
import './types/explain-call.ts'
import './types/request-log.ts'
import './types/request-log-queries.ts'
import './types/request-log-counts.ts'
import './types/request-log-tail.ts'
import './types/usage.ts'
import './types/usage-series.ts'
import './types/ledger-health.ts'

export const schema = builder.toSchema()
