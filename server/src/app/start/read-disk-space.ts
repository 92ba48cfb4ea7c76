// How much space the disk of the data directory has.
import { statfs } from 'node:fs/promises'
import type { DiskSpace } from '../../domain/findings/disk-space.ts'

// A network file system that does not respond must hold up neither alerts nor metrics.
const WAIT_MS = 2_000

/** Null where it is not known: the file system does not say, or does not respond. Never rejects. */
export async function readDiskSpace(dataDir: string): Promise<DiskSpace | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, WAIT_MS, null).unref()
  })
  try {
    const stats = await Promise.race([statfs(dataDir), late])
    if (stats === null || stats.blocks === 0) return null
    return { freeBytes: stats.bavail * stats.bsize, totalBytes: stats.blocks * stats.bsize }
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
}
