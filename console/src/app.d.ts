// The shapes that Kit lets an app fill in.
declare global {
  namespace App {
    interface Error {
      message: string
    }
  }
}

export {}
