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

type FilePicker = (options: { suggestedName: string }) => Promise<{
  createWritable(): Promise<WritableStream<Uint8Array>>
}>

/**
 * Asks where to save `name`, and writes the stream there as it comes, so that it may be larger than memory; browsers that have no such
 * question collect it. Rejects where the stream fails; then nothing is saved. A link would not do: a session is more than its cookie.
 */
export async function saveLargeFile(
  name: string,
  open: () => AsyncIterable<Uint8Array>,
  type: string,
): Promise<void> {
  const { showSaveFilePicker } = window as { showSaveFilePicker?: FilePicker }
  if (showSaveFilePicker === undefined) return saveFile(name, open(), type)
  let file: Awaited<ReturnType<FilePicker>>
  try {
    file = await showSaveFilePicker({ suggestedName: name })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return
    throw error
  }
  const chunks = open()[Symbol.asyncIterator]()
  // Whatever refuses the download does so before there is a file.
  const first = await chunks.next()
  const writer = (await file.createWritable()).getWriter()
  try {
    for (let next = first; !next.done; next = await chunks.next()) await writer.write(next.value)
    await writer.close()
  } catch (error) {
    await writer.abort(error).catch(() => undefined)
    throw error
  }
}
