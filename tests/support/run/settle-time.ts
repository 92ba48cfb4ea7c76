/** How long a test waits for the ledger, however busy the machine is; a server of its own gives up after a second. */
export const SETTLE_MAX_MS = 25_000
