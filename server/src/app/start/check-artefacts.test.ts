import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { StartError } from '../../domain/start-error.ts'
import { checkArtefacts, consoleWarning } from './check-artefacts.ts'

test('a start without the generated code is refused, and the sentence says what to run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-generated-'))
  try {
    expect(() => checkArtefacts(folder)).toThrow(StartError)
    expect(() => checkArtefacts(folder)).toThrow(/pothos\.ts\)\. Run `npx -y pnpm@12 generate`/)
    for (const file of ['sqlite/client.ts', 'postgresql/client.ts']) {
      mkdirSync(join(folder, file, '..'))
      writeFileSync(join(folder, file), '')
    }
    // One of them is enough to be missing.
    expect(() => checkArtefacts(folder)).toThrow(/missing \([^,]*pothos\.ts\)/)
    writeFileSync(join(folder, 'pothos.ts'), '')
    expect(() => checkArtefacts(folder)).not.toThrow()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a start without the console is warned of, and the sentence says what to run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-console-'))
  try {
    expect(consoleWarning(folder)).toContain('run `node console/build.ts`')
    writeFileSync(join(folder, 'index.html'), '')
    expect(consoleWarning(folder)).toBeNull()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
