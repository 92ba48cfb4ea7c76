// Addresses and networks as people type them. The server reads them in full; this finds what is none, before the form is sent.

/** True for "192.0.2.7", "10.0.0.0/8", "2001:db8::/32". */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  if (rest.length > 0) return false
  const v4 = isV4(address)
  if (!v4 && !isV6(address)) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (v4 ? 32 : 128))
}

function isV4(text: string): boolean {
  const bytes = text.split('.')
  return bytes.length === 4 && bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) <= 255)
}

function isV6(text: string): boolean {
  if (!text.includes(':') || !/^[\da-f:.]{2,45}$/i.test(text)) return false
  try {
    return new URL(`http://[${text}]/`).hostname.startsWith('[')
  } catch {
    return false
  }
}
