// When the disk of the data directory is nearly full: before the journal is refused, and calls with it.

/** Of the file system that the data directory is on; `freeBytes`: what this user may still write. */
export type DiskSpace = { freeBytes: number; totalBytes: number }

const MIB = 1024 * 1024

/** Less than this is little on any disk. */
const LITTLE_BYTES = 512 * MIB
/** So is less than this share of a disk, unless it is so large that even that is plenty. */
const LITTLE_SHARE = 0.05
const PLENTY_BYTES = 20 * 1024 * MIB

/** Whether little space is left. */
export function isNearlyFull({ freeBytes, totalBytes }: DiskSpace): boolean {
  return freeBytes < LITTLE_BYTES || (freeBytes < totalBytes * LITTLE_SHARE && freeBytes < PLENTY_BYTES)
}

/** In whole megabytes, rounded down. */
export function freeMegabytes({ freeBytes }: DiskSpace): number {
  return Math.floor(freeBytes / 1_000_000)
}
