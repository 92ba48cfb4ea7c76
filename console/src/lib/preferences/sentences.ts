// Sentences that follow each other, joined as the reader's language joins them: Chinese has no blank between them.
import { getLocale } from '#lib/paraglide/runtime.js'

/** One text of these sentences; those that are not there are left out. */
export function sentences(...parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter(Boolean).join(sentenceGap())
}

/** What stands between two sentences, where the second has a look of its own. */
export function sentenceGap(): string {
  return getLocale() === 'zh-CN' ? '' : ' '
}
