// Parts of the program that are loaded when they are needed: what a tab, a chart or a menu is made of.
import { PartError } from '#lib/errors/part-error.ts'
import { connection } from './connection.svelte.ts'

/**
 * Loads a part: `importer` is a dynamic import. A failure is said by the notice of the connection, also where nothing waits for the part.
 *
 * @throws PartError where it could not be loaded.
 */
export async function loadPart<Part>(importer: () => Promise<Part>): Promise<Part> {
  try {
    return await importer()
  } catch (cause) {
    void connection.partFailed()
    throw new PartError('A part of the console could not be loaded.', { cause })
  }
}

/** Loads the page again, once the server is back: browsers ask no second time for a part that failed. */
export async function reloadPage(): Promise<void> {
  if (await connection.retry()) location.reload()
}
