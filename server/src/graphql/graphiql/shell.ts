// The page that GraphiQL runs in.
import type { ServerResponse } from 'node:http'
import { assetNames } from './assets.ts'

// Monaco writes its colours into style elements; everything else comes from our own files.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const EXAMPLE = `# The book on the left explains every field.
query Overview {
  viewer {
    type
    name
  }
  apiKeys(first: 5, filter: { status: [ACTIVE] }) {
    totalCount
    nodes {
      id
      name
      usageCount
      lastUsedAt
    }
  }
  requestLogs(first: 10) {
    nodes {
      at
      outcome
      httpStatus
      requestedModel
      durationMs
      apiKey {
        name
      }
    }
  }
}
`

/** SESSION: a browser with the cookie of a session; whether it has its secret, too, only its page can tell. */
export type ShellFor = 'SESSION' | 'ADMIN_TOKEN' | 'STRANGER'

// Where a page without the session's secret goes.
const SIGN_IN = '/login?to=%2Fgraphql'

/** GraphiQL for an admin; for anybody else a link to the console, where one signs in. */
export async function sendShell(response: ServerResponse, reader: ShellFor): Promise<void> {
  const html = reader === 'STRANGER' ? STRANGER : await shell(reader === 'SESSION' ? SIGN_IN : '')
  response.writeHead(reader === 'STRANGER' ? 401 : 200, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(html),
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
  })
  response.end(html)
}

async function shell(signIn: string): Promise<string> {
  const names = await assetNames()
  const url = (name: string) => `/graphql/assets/${name}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL · Latchkey</title>
<link rel="icon" href="${url(names.icon)}">
<link rel="stylesheet" href="${url(names.style)}">
<style>html, body, #root { height: 100%; margin: 0 }</style>
<script src="${url(names.boot)}" data-editor-worker="${url(names.editorWorker)}" data-json-worker="${url(names.jsonWorker)}" data-graphql-worker="${url(names.graphqlWorker)}" data-default-query="${attribute(EXAMPLE)}" data-sign-in="${attribute(signIn)}"></script>
<script defer src="${url(names.script)}"></script>
</head>
<body class="no-focus-outline">
<noscript>GraphiQL needs JavaScript.</noscript>
<div id="root"></div>
</body>
</html>
`
}

const STRANGER = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in · Latchkey</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem }
</style>
</head>
<body>
<h1>Sign in first</h1>
<p>GraphiQL uses the console's session. <a href="/">Sign in to the console</a>, then come back to this page.</p>
</body>
</html>
`

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
