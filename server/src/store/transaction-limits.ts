// How long Prisma lets a transaction wait and run. Its own limits, 2 and 5 seconds, are exceeded where a machine is busy: a thread
// has to start first, and ingestion may hold SQLite's one write lock meanwhile.

/** Milliseconds: until a transaction has begun, and from then to its end. */
export const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 15_000 }
