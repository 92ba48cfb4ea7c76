// Downloads: a file that is made of a stream, or one that the browser fetches itself.

/** Collects `chunks` and saves them as `name`. Rejects where the stream fails; then nothing is saved. */
export async function saveFile(name: string, chunks: AsyncIterable<Uint8Array>, type: string): Promise<void> {
  const parts: BlobPart[] = []
  for await (const chunk of chunks) parts.push(chunk as Uint8Array<ArrayBuffer>)
  const url = URL.createObjectURL(new Blob(parts, { type }))
  saveFrom(url, name)
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** Saves what is at `url` of this server, as `name` or as the server calls it; the browser writes it as it comes. */
export function saveFrom(url: string, name = ''): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}
