// Lengths of time in milliseconds.

export const hourMs = 3_600_000
/** A day of UTC. A day of a time zone may be an hour shorter or longer. */
export const dayMs = 24 * hourMs
