// What is asked of a model, in the reader's language.
import { m } from '#lib/paraglide/messages.js'
import type { Mode } from '#lib/playground/playground-request.ts'

export const modeText: Readonly<Record<Mode, () => string>> = {
  chat: m.playground_mode_chat,
  image: m.playground_mode_image,
  speech: m.playground_mode_speech,
  transcription: m.playground_mode_transcription,
}
