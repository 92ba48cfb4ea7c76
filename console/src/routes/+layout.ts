// A static app: nothing is rendered on a server.
export const ssr = false
