// The screens of the console whose filters can be saved as views, and the parameters of their URLs that are part of one.
import type { Scope } from '../admins/permissions.ts'

const RANGE = ['range', 'from', 'to'] as const
// As the query bar of the logs names its fields; `q` is the text.
const LOGS = [
  ...[
    'q',
    'key',
    'outcome',
    'error',
    'model',
    'upstream',
    'endpoint',
    'status',
    'cost',
    'duration',
    'tokens',
  ],
  ...['owner', 'label', 'tag', 'ip', 'client_error', 'tier', 'stream', 'unpriced', 'secret', 'view'],
  ...RANGE,
]

/** `scope` opens the screen, and with it the views that others share of it. */
const SCREENS = {
  KEYS: { scope: 'keys:read', params: ['q', 'show', 'finding', 'owner', 'label', 'sort'] },
  OWNERS: { scope: 'owners:read', params: ['q', 'show', 'sort'] },
  LOGS: { scope: 'logs:read', params: LOGS },
  KEY_LOGS: { scope: 'logs:read', params: [...LOGS, 'tab'] },
  USAGE: { scope: 'usage:read', params: ['by', 'within', 'label', 'order', 'view', ...RANGE] },
} as const satisfies Record<string, { scope: Scope; params: readonly string[] }>

export type ViewScreen = keyof typeof SCREENS

export const VIEW_SCREENS = Object.keys(SCREENS) as readonly ViewScreen[]

/** The names of the parameters that a view of this screen may have. Where one is in a list is no part of a view. */
export function paramsOf(screen: ViewScreen): readonly string[] {
  return SCREENS[screen].params
}

/** What opens the screen. */
export function scopeOfScreen(screen: ViewScreen): Scope {
  return SCREENS[screen].scope
}

/** The stored name of a screen; null for one that this version does not know. */
export function readScreen(stored: string): ViewScreen | null {
  return VIEW_SCREENS.find((screen) => screen === stored) ?? null
}
