/** A part of the program that could not be loaded: the server is away, or has another version of the program by now. */
export class PartError extends Error {
  override readonly name = 'PartError'
}
