// What a lock on a database reports, and how it is released; the same for each database.

export type DatabaseLockOptions = {
  /** The lock may have been lost, with a message; it is held again, with null. */
  onProblem(message: string | null): void
  /** Another server has the database now: this one must end. */
  onTaken(message: string): void
  /** The database cannot be reached yet; called once. */
  onWaiting?(reason: string): void
  /** How long a database that cannot be reached is waited for; absent: a minute. */
  waitMs?: number
}

export type DatabaseLock = { release(): Promise<void> }
