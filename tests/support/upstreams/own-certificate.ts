// A certificate that a test makes for itself, so that none lies in the repository.
import { generateKeyPairSync, sign } from 'node:crypto'

export type OwnCertificate = {
  /** PEM, signed by itself: it is its own authority. */
  cert: string
  /** PEM */
  key: string
}

/** For one DNS name, from yesterday for two days, or for other days from now (RFC 5280 §4.1, in DER). */
export function ownCertificate(dnsName: string, [from, to]: [number, number] = [-1, 1]): OwnCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(0x30, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
  const commonName = der(0x30, oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(dnsName)))
  const name = der(0x30, der(0x31, commonName))
  const validity = der(0x30, utcTime(from), utcTime(to))
  const altNames = der(0x30, der(0x82, Buffer.from(dnsName)))
  const authority = der(0x30, der(0x01, Buffer.from([0xff])))
  const extensions = der(
    0x30,
    der(0x30, oid(0x55, 0x1d, 0x11), der(0x04, altNames)),
    der(0x30, oid(0x55, 0x1d, 0x13), der(0x04, authority)),
  )
  const content = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', content, privateKey))
  const base64 = der(0x30, content, algorithm, signature).toString('base64')
  const lines = base64.match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function oid(...bytes: number[]): Buffer {
  return der(0x06, Buffer.from(bytes))
}

function utcTime(daysFromNow: number): Buffer {
  const iso = new Date(Date.now() + daysFromNow * 86_400_000).toISOString()
  return der(0x17, Buffer.from(`${iso.slice(2, 19).replace(/[-:T]/g, '')}Z`))
}
