// How much of a call's content is kept, by its key's policy.
import type { Outcome } from '../logs/call-record.ts'
import type { ContentCapture } from '../policy/key-policy.ts'

/** METADATA: sizes, roles and parameters, none of the words. */
export type KeptContent = 'NOTHING' | 'METADATA' | 'CONTENT'

/**
 * What is kept once a call has ended. ERRORS keeps the words of calls that went wrong on our side or the upstream's; one
 * that was denied, or that its caller left, is no error to look into.
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

/** True where the words must be held while the call runs, since its end may ask for them. */
export function mayKeepContent(capture: ContentCapture): boolean {
  return capture === 'ERRORS' || capture === 'FULL'
}
