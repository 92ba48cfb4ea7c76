// GraphiQL's files, served from the package that carries them as text, so that the page needs no outside host.
//
// Cache: one copy of each file and encoding, made at first use, for the life of the process; seven files, about 25 MB
// for those who open GraphiQL at all. Names carry a hash of the content, so browsers cache them without end.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { AdminError } from '../../domain/admin-errors.ts'
import { acceptsEncoding } from '../response/compressed-body.ts'

export type AssetNames = Record<
  'boot' | 'script' | 'style' | 'icon' | 'editorWorker' | 'jsonWorker' | 'graphqlWorker',
  string
>
type Asset = { type: string; plain: Buffer; encoded: Map<Encoding, Promise<Buffer>> }
type Encoding = 'br' | 'gzip'
type Assets = { names: AssetNames; byName: Map<string, Asset> }

let assets: Promise<Assets> | null = null

/** The file names below /graphql/assets/. */
export async function assetNames(): Promise<AssetNames> {
  return (await load()).names
}

/** Sends a file in the best encoding that the browser takes. Throws NOT_FOUND, METHOD_NOT_ALLOWED. */
export async function sendAsset(
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    throw new AdminError('METHOD_NOT_ALLOWED')
  }
  const asset = (await load()).byName.get(name)
  if (asset === undefined) throw new AdminError('NOT_FOUND')
  const encoding = encodingFor(request.headers['accept-encoding'])
  const body = encoding === null ? asset.plain : await encodedAs(asset, encoding)
  response.writeHead(200, {
    'content-type': asset.type,
    'content-length': body.length,
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
    ...(encoding !== null && { 'content-encoding': encoding }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function load(): Promise<Assets> {
  // Nine megabytes of text that most servers never need: imported at the first request.
  assets ??= build().catch((error: unknown) => {
    assets = null
    throw error
  })
  return assets
}

async function build(): Promise<Assets> {
  const [graphiql, boot] = await Promise.all([
    import('@graphql-yoga/render-graphiql/graphiql'),
    readFile(new URL('boot.js', import.meta.url), 'utf8'),
  ])
  const byName = new Map<string, Asset>()
  const add = (stem: string, extension: string, type: string, plain: Buffer): string => {
    const name = `${stem}-${createHash('sha256').update(plain).digest('hex').slice(0, 16)}.${extension}`
    byName.set(name, { type, plain, encoded: new Map() })
    return name
  }
  const script = (stem: string, text: string) =>
    add(stem, 'js', 'text/javascript; charset=utf-8', Buffer.from(text))
  const icon = Buffer.from(graphiql.favicon.slice(graphiql.favicon.indexOf(',') + 1), 'base64')
  const names: AssetNames = {
    boot: script('boot', boot),
    script: script('graphiql', graphiql.js),
    style: add('graphiql', 'css', 'text/css; charset=utf-8', Buffer.from(graphiql.css)),
    icon: add('icon', 'ico', 'image/x-icon', icon),
    editorWorker: script('editor-worker', graphiql.editorWorkerService),
    jsonWorker: script('json-worker', graphiql.jsonWorker),
    graphqlWorker: script('graphql-worker', graphiql.graphqlWorker),
  }
  return { names, byName }
}

const toBrotli = promisify(brotliCompress)
const toGzip = promisify(gzip)

function encodedAs(asset: Asset, encoding: Encoding): Promise<Buffer> {
  const known = asset.encoded.get(encoding)
  if (known !== undefined) return known
  // Quality 5: a few tens of milliseconds a megabyte, against seconds for the last few percent.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 5 }
  const made = encoding === 'br' ? toBrotli(asset.plain, { params }) : toGzip(asset.plain)
  asset.encoded.set(encoding, made)
  return made
}

function encodingFor(accepted: string | undefined): Encoding | null {
  if (acceptsEncoding(accepted, 'br')) return 'br'
  return acceptsEncoding(accepted, 'gzip') ? 'gzip' : null
}
