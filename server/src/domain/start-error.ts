// Why a server cannot start, in a sentence for whoever starts it, and what a supervisor should do about it.

/** Exit codes of sysexits.h: what a supervisor reads. */
export const EXIT = {
  /** EX_TEMPFAIL: nothing has to be changed here; start again later. */
  tryAgain: 75,
  /** EX_CONFIG: somebody has to change something first; a restart alone cannot help. */
  configuration: 78,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/**
 * The server cannot start. The message is all that is printed: it names the setting or the path, says what to do, and never
 * holds a secret or a value of a row.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = EXIT.configuration, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
