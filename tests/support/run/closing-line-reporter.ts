// Ends every run of vitest with one plain line, `N passed, N failed`, and makes the exit code agree with it.
import type { Reporter, TestModule } from 'vitest/node'

/** What a run came to. `skipped` has one line a test: its name and why it did not run. */
export type Outcome = { passed: number; failed: number; skipped: string[] }

/**
 * Counts the tests of a finished run. A file or suite that broke outside its tests (at import, in a hook) and an
 * error that belongs to no test each count as one failure: a run that lost tests must not look like a smaller one.
 */
export function countOutcome(modules: readonly TestModule[], errorsOutsideTests: number): Outcome {
  const outcome: Outcome = { passed: 0, failed: errorsOutsideTests, skipped: [] }
  for (const module of modules) {
    if (module.errors().length > 0) outcome.failed += 1
    for (const suite of module.children.allSuites()) if (suite.errors().length > 0) outcome.failed += 1
    for (const test of module.children.allTests()) {
      const result = test.result()
      if (result.state === 'passed') outcome.passed += 1
      else if (result.state === 'skipped') {
        const reason = result.note ?? `marked "${test.options.mode}" in the source`
        outcome.skipped.push(`${module.relativeModuleId} > ${test.fullName}: ${reason}`)
      }
      // One that never ended has not passed.
      else outcome.failed += 1
    }
  }
  return outcome
}

/** The closing line itself, without a line break. */
export function closingLine({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`
}

/**
 * The reporter; it stands beside vitest's own. The run fails when anything failed, when no test ran, and, where
 * `CI` is "true", when anything was skipped: there, everything that tests need can be had.
 */
export default class ClosingLineReporter implements Reporter {
  #outcome: Outcome = { passed: 0, failed: 0, skipped: [] }
  #foundFiles = true
  #watching = false
  readonly #leftOut: Readonly<Record<string, string>>

  /** `leftOut` names the projects that this run does not have, and says what each holds. */
  constructor({ leftOut = {} }: { leftOut?: Record<string, string> } = {}) {
    this.#leftOut = leftOut
  }

  onInit(vitest: { config: { watch: boolean } }): void {
    this.#watching = vitest.config.watch
    // Errors in a teardown are printed after the last event that a reporter gets; nothing comes after this one.
    process.once('exit', () => this.#close())
  }

  onTestRunStart(files: readonly unknown[]): void {
    this.#foundFiles = files.length > 0
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    this.#outcome = countOutcome(modules, errors.length)
  }

  #close(): void {
    if (this.#watching) return
    const outcome = this.#outcome
    // Vitest failed the run for something that is no test of it, such as a global setup, a teardown or a Ctrl-C.
    const broke = process.exitCode !== undefined && process.exitCode !== 0 && this.#foundFiles
    if (broke && outcome.failed === 0) outcome.failed = 1
    const noneRan = outcome.passed + outcome.failed === 0
    const mustNotSkip = process.env.CI === 'true' && outcome.skipped.length > 0
    if (outcome.failed > 0 || noneRan || mustNotSkip) process.exitCode ||= 1

    for (const skipped of outcome.skipped) console.log(`skipped: ${skipped}`)
    if (mustNotSkip) console.log('Nothing may be skipped in CI, so this run has failed.')
    for (const [project, holds] of Object.entries(this.#leftOut))
      console.log(`left to CI: ${project}, ${holds}`)
    if (noneRan) console.log('No test ran, so this run has failed.')
    console.log(closingLine(outcome))
  }
}
