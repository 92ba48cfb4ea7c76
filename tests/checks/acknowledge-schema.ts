// Takes the schema as it is for the one that later changes are compared with. For a release, once CHANGELOG.md names what breaks.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot, repositoryText } from '../support/run/repository.ts'
import { ACKNOWLEDGED_SCHEMA, unacknowledgedBreaks, withoutDescriptions } from './schema-changes.ts'

const present = repositoryText('sdk/schema.graphql')
const breaks = await unacknowledgedBreaks(
  repositoryText(ACKNOWLEDGED_SCHEMA),
  present,
  repositoryText('CHANGELOG.md'),
)
for (const line of breaks) console.error(line)
if (breaks.length > 0) process.exit(1)
writeFileSync(join(repositoryRoot, ACKNOWLEDGED_SCHEMA), withoutDescriptions(present))
