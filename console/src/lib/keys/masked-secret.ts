/** What of a secret is safe to show: "sk-3f2a9c1e…". */
export function maskedSecret({ start }: { start: string }): string {
  return start.startsWith('sk-') ? `${start}…` : `sk-${start}…`
}
