// A passkey without a browser: an ES256 key that responds to both ceremonies as an authenticator does (WebAuthn §6.1, §6.5).
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export type Authenticator = {
  /** The credential of a registration, as JSON, for the options that the server has sent. */
  create(options: string): string
  /** The assertion of a sign-in, as JSON. */
  get(options: string): string
}

/** A new passkey of a page at this origin. */
export function softwareAuthenticator(origin: string): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(16)
  const rpIdHash = sha256(Buffer.from(new URL(origin).hostname))
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  // COSE: EC2, ES256, P-256.
  const coseKey = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ])
  const clientData = (type: string, options: string) =>
    Buffer.from(
      JSON.stringify({ type, challenge: JSON.parse(options).challenge, origin, crossOrigin: false }),
    )
  const credential = (response: Record<string, unknown>) => {
    const rawId = id.toString('base64url')
    return JSON.stringify({ id: rawId, rawId, type: 'public-key', clientExtensionResults: {}, response })
  }
  return {
    create(options) {
      // User present and verified, with a credential: no count, no AAGUID.
      const authData = Buffer.concat([
        rpIdHash,
        Buffer.from('4500000000', 'hex'),
        Buffer.alloc(16),
        Buffer.from([0, id.length]),
        id,
        coseKey,
      ])
      const attestationObject = Buffer.concat([
        Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex'),
        Buffer.from([authData.length]),
        authData,
      ])
      return credential({
        clientDataJSON: clientData('webauthn.create', options).toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal'],
      })
    },
    get(options) {
      const authenticatorData = Buffer.concat([rpIdHash, Buffer.from('0500000000', 'hex')])
      const clientDataJSON = clientData('webauthn.get', options)
      const signed = Buffer.concat([authenticatorData, sha256(clientDataJSON)])
      return credential({
        clientDataJSON: clientDataJSON.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: sign('sha256', signed, privateKey).toString('base64url'),
      })
    },
  }
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
