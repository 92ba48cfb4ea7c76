// A file that is made of a stream, handed to the browser as a download.

/** Collects `chunks` and saves them as `name`. Rejects where the stream fails; then nothing is saved. */
export async function saveFile(name: string, chunks: AsyncIterable<Uint8Array>, type: string): Promise<void> {
  const parts: BlobPart[] = []
  for await (const chunk of chunks) parts.push(chunk as Uint8Array<ArrayBuffer>)
  const url = URL.createObjectURL(new Blob(parts, { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
