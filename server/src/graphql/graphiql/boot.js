// Starts GraphiQL on its page. Served as it is: the page's policy allows no script of its own.
const { editorWorker, jsonWorker, graphqlWorker, defaultQuery, signIn } = document.currentScript.dataset

self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => ({ json: jsonWorker, graphql: graphqlWorker })[label] ?? editorWorker,
}

// The second secret of the session, kept by the console under this name (sdk/src/transport/session-secret.ts). Read for every
// request: another tab may have signed in again.
const sessionSecret = () => localStorage.getItem('latchkey.session')

addEventListener('DOMContentLoaded', () => {
  // A session whose secret this browser has lost is none; with an admin token there is none either, and none is needed.
  if (signIn !== '' && sessionSecret() === null) return location.replace(signIn)
  // A link of the console carries a query after the #, which is not sent to the server.
  const linked = new URLSearchParams(location.hash.slice(1))
  YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
    title: 'Latchkey GraphiQL',
    endpoint: location.pathname,
    credentials: 'same-origin',
    additionalHeaders: () => ({ 'x-latchkey-session': sessionSecret() ?? '' }),
    method: 'POST',
    defaultQuery,
    query: linked.get('query') ?? undefined,
    variables: linked.get('variables') ?? undefined,
    shouldPersistHeaders: false,
    schemaDescription: true,
  })
})
