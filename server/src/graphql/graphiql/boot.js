// Starts GraphiQL on its page. Served as it is: the page's policy allows no script of its own.
const { editorWorker, jsonWorker, graphqlWorker, defaultQuery } = document.currentScript.dataset

self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => ({ json: jsonWorker, graphql: graphqlWorker })[label] ?? editorWorker,
}

addEventListener('DOMContentLoaded', () => {
  YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
    title: 'Latchkey GraphiQL',
    endpoint: location.pathname,
    credentials: 'same-origin',
    method: 'POST',
    defaultQuery,
    shouldPersistHeaders: false,
    schemaDescription: true,
  })
})
