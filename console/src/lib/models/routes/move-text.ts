// Where a route is after a move, in words.
import { m } from '#lib/paraglide/messages.js'
import type { Move } from './bands.ts'

type Moved = Pick<Move<{ priority: number; weight: number }>, 'band' | 'bands' | 'others'>

/** One sentence, for screen readers and notices. */
export function moveText({ band, bands, others }: Moved, name: string): string {
  const place = { name, number: band + 1, count: bands }
  return others === 0 ? m.models_route_moved_alone(place) : m.models_route_moved_shared({ ...place, others })
}
