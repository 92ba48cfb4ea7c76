// An SMTP server that keeps what it is sent.
import { SMTPServer } from 'smtp-server'
import { listenOnLoopback } from '../listen-on-loopback.ts'

type Mail = { from: string; to: string[]; text: string; user: string | null; secure: boolean }

export type MailServer = {
  port: number
  received: Mail[]
  /** From now on each message is refused with this reply code of SMTP; null: taken. */
  refuse(code: number | null): void
  close(): Promise<void>
}

export type MailServerOptions = {
  /** PEM; it offers STARTTLS with it. */
  certificate?: { cert: string; key: string }
  /** The only one that it lets in. */
  login?: { user: string; password: string }
}

/** Listens on a free port of 127.0.0.1. */
export async function startMailServer({ certificate, login }: MailServerOptions = {}): Promise<MailServer> {
  const received: Mail[] = []
  let code: number | null = null
  const server = new SMTPServer({
    authOptional: login === undefined,
    disabledCommands: certificate === undefined ? ['STARTTLS'] : [],
    ...certificate,
    onAuth({ username, password }, _session, callback) {
      if (username === login?.user && password === login?.password) callback(null, { user: username })
      else callback(Object.assign(new Error(`no such user ${password}`), { responseCode: 535 }))
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (code !== null) return callback(Object.assign(new Error('refused'), { responseCode: code }))
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
          user: typeof session.user === 'string' ? session.user : null,
          secure: session.secure,
        })
        callback()
      })
    },
  })
  server.on('error', () => undefined)
  const port = await listenOnLoopback(server.server)
  return {
    port,
    received,
    refuse(next) {
      code = next
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
