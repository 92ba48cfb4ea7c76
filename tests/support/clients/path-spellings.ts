// Other spellings of a path of the wire: some are the same path by RFC 3986, and some are taken for it by lenient servers.

/** The same path by RFC 3986 §6.2.2: characters that need no encoding are encoded. */
export function sameByEncoding(path: string): string[] {
  const last = path.lastIndexOf('/') + 1
  return [
    path.slice(0, last) + encoded(path[last] ?? '') + path.slice(last + 1),
    path.slice(0, last) + encoded(path[last] ?? '').toUpperCase() + path.slice(last + 1),
    path.slice(0, last) + [...path.slice(last)].map(encoded).join(''),
    // Every segment below the root.
    `/v1/${path.slice(4).replace(/[a-z]/g, encoded)}`,
  ]
}

/** Another path by RFC 3986, or no request target at all, which a lenient server may take for the path itself. */
export function takenForTheSame(path: string): string[] {
  const last = path.lastIndexOf('/') + 1
  const [folder, name] = [path.slice(0, last), path.slice(last)]
  const suffixes = [
    // Fragments, and what a suffix test of the whole target would see.
    ...['#', '#x', '#/cancel', '/#/cancel', '?#/cancel', '?a=b#/cancel', '#?a=b', '%23', '%23/cancel'],
    ...['/', '//', '/.', '/./', '/x/..', '/%2e', '/%2E%2E/x', '%2f', '%2F/', '/%2f', '%252f'],
    ...[';', ';a=b', '/;a=b', '%3b', '/..;/', '%3Fa=b', '%20', '/%20', '%00', '%0d%0a', '\\', '%5c', '/%5C'],
    ...['%', '%4', '%zz', '%ff', '"', '<', '{', '|', '^', '`', '\u00e9'],
  ]
  return [
    ...suffixes.map((suffix) => path + suffix),
    folder + name.toUpperCase(),
    folder + (name[0] ?? '').toUpperCase() + name.slice(1),
    `/v1/${path.slice(4).toUpperCase()}`,
    `${folder}${doublyEncoded(name)}`,
    `${folder.slice(0, -1)}//${name}`,
    `${folder}./${name}`,
    `${folder}x/../${name}`,
    `${folder.slice(0, -1)}\\${name}`,
    `${folder.slice(0, -1)}%2f${name}`,
    `/v1/./${path.slice(4)}`,
    `/v1/x/%2e%2e/${path.slice(4)}`,
    `/v1;a=b/${path.slice(4)}`,
    `//v1/${path.slice(4)}`,
    `/V1/${path.slice(4)}`,
    `/%761/${path.slice(4)}`,
    `/v1/files/..${path.slice(3)}`,
    `/v1/files/x/cancel#/../..${path.slice(3)}`,
  ]
}

function encoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`
}

function doublyEncoded(text: string): string {
  return text.replace(/^./, (character) => `%25${encoded(character).slice(1)}`)
}
