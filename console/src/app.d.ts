// The shapes that Kit lets an app fill in.
declare global {
  namespace App {
    interface Error {
      message: string
    }
    interface PageState {
      /** On the sign-in page: the password has just been set by a link. */
      passwordSet?: true
    }
  }
}

export {}
