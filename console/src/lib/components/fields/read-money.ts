/** "1,000.50", "$20", "0.05 " → a decimal; null for what is none. Up to 12 digits before the point and 9 behind it, as the server takes. */
export function readMoney(typed: string): string | null {
  const text = typed
    .trim()
    .replace(/^\$\s*/, '')
    .replaceAll(/,(?=\d{3}(\D|$))/g, '')
  const match = /^(\d{1,12})?(?:\.(\d{1,9}))?$/.exec(text)
  if (!match || text === '') return null
  const whole = (match[1] ?? '0').replace(/^0+(?=\d)/, '')
  return match[2] === undefined ? whole : `${whole}.${match[2]}`
}
