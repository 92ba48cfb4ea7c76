// The bound on what all stored content takes in the database: beyond it the oldest is removed, a slice at a time.
import type { StoredContent } from '../../domain/content/captured-content.ts'
import { contentBytes } from '../../domain/content/content-bytes.ts'
import type { IngestionDatabase } from '../../store/ingestion.ts'

// Once there is too much, it is brought this far below the bound, so that not every call's content begins a removal.
const SLACK = 1 / 50

export type ContentQuota = {
  /** These have been inserted, and committed. */
  inserted(contents: readonly StoredContent[]): void
  /**
   * Removes up to `limit` of the oldest contents where there is too much. Resolves with how many, and whether there is still too
   * much.
   */
  remove(limit: number): Promise<{ removed: number; more: boolean }>
}

/** `maxBytes`: as `contentBytes` counts; null: no bound. */
export function createContentQuota(database: IngestionDatabase, maxBytes: number | null): ContentQuota {
  // What there is at most: what others remove is not subtracted, and is found when this passes the bound. Null: not known yet.
  let known: number | null = null
  let removing = false

  return {
    inserted(contents) {
      if (known !== null) known += contents.reduce((sum, content) => sum + contentBytes(content), 0)
    },
    async remove(limit) {
      if (maxBytes === null || (known !== null && known <= maxBytes && !removing))
        return { removed: 0, more: false }
      if (known === null || !removing) {
        known = await database.contentBytes()
        if (known <= maxBytes) return { removed: 0, more: false }
      }
      const target = maxBytes * (1 - SLACK)
      const { removed, bytes } = await database.transaction(async (tx) => {
        const oldest = await tx.oldestContents(limit)
        const ids: string[] = []
        let taken = 0
        for (const { id, bytes: size } of oldest) {
          if ((known ?? 0) - taken <= target) break
          ids.push(id)
          taken += size
        }
        await tx.removeContentsOf(ids)
        return { removed: ids.length, bytes: taken }
      })
      known -= bytes
      removing = removed > 0 && known > target
      return { removed, more: removing }
    },
  }
}
