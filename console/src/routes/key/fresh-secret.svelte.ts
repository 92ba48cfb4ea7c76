// The secret that a rotation on this page has made, until it is left: in memory alone, as the one that was pasted.
export const rotatedSecret = $state<{ value: string | undefined }>({ value: undefined })
