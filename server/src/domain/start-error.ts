// Why a server cannot start, in a sentence for whoever starts it, and what a supervisor should do about it.

/** Exit codes of sysexits.h: what a supervisor reads. */
export const EXIT = {
  /** EX_IOERR: the server has stopped, and records of calls are lost, because its disk accepted no more. */
  lost: 74,
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

/** What a fault of the file system at `path`, in the data directory, means to whoever starts the server. */
export function diskFault(path: string, cause: unknown): StartError {
  const { code } = cause as { code?: unknown }
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new StartError(
        `The disk is full: ${path} cannot be written (${code}). Free some space, or move LATCHKEY_DATA_DIR to another disk.`,
        EXIT.tryAgain,
        { cause },
      )
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StartError(
        `${path} cannot be read and written by the user that runs Latchkey (${code}). Give that user the folder, or set LATCHKEY_DATA_DIR to one of its own.`,
        EXIT.configuration,
        { cause },
      )
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
      return new StartError(
        `${path} is not what Latchkey needs there: a file stands where a folder must be, or a folder where a file must be (${code}). Set LATCHKEY_DATA_DIR to another folder.`,
        EXIT.configuration,
        { cause },
      )
    case 'EMFILE':
    case 'ENFILE':
      return new StartError(
        `${path} cannot be opened: too many files are open (${code}). Raise the limit (ulimit -n).`,
        EXIT.tryAgain,
        { cause },
      )
    case 'EIO':
      return new StartError(`The disk of ${path} fails (EIO). Check the disk.`, EXIT.tryAgain, { cause })
    default:
      return new StartError(
        `${path} cannot be used${typeof code === 'string' ? ` (${code})` : ''}. Check LATCHKEY_DATA_DIR.`,
        EXIT.configuration,
        { cause },
      )
  }
}
