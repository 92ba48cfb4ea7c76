// The form of a new key that begins with the settings of another.

/** Where a key is made like this one: with its description, owner, labels and limits, not its secret. */
export const createLikeHref = (id: string): string => `/keys/new?like=${encodeURIComponent(id)}`
