// The links that people are given.

/** A one-time link to a page of the console. The token is in the fragment, which no browser sends and no server logs. */
export function linkOf({ publicUrl }: { publicUrl: string | null }, path: string, token: string): string {
  return `${publicUrl ?? ''}${path}#token=${token}`
}
