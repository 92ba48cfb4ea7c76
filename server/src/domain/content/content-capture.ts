// How much of a call's content is kept, by its key's policy.
import type { Outcome } from '../logs/call-record.ts'
import type { ContentCapture } from '../policy/key-policy.ts'

/** METADATA: sizes, roles and parameters, none of the text. */
export type KeptContent = 'NOTHING' | 'METADATA' | 'CONTENT'

/**
 * What is kept once a call has ended. ERRORS keeps the text of calls that failed in the gateway or at the upstream; one
 * that was denied, or whose client disconnected, is not such an error.
 *
 * @param capture the key's own, or the gateway's where the key has none.
 */
export function keptContent(capture: ContentCapture, outcome: Outcome): KeptContent {
  switch (capture) {
    case 'OFF':
      return 'NOTHING'
    case 'METADATA':
      return 'METADATA'
    case 'ERRORS':
      return outcome === 'ERROR' || outcome === 'INTERRUPTED' ? 'CONTENT' : 'METADATA'
    case 'FULL':
      return 'CONTENT'
  }
}

/** True where the text must be kept while the call is in flight, since its outcome may need it. */
export function mayKeepContent(capture: ContentCapture): boolean {
  return capture === 'ERRORS' || capture === 'FULL'
}
