// The error of a model that no upstream has.
import { type CallError, callError } from '../errors.ts'
import { printable } from '../logs/printable-text.ts'

/** With OpenAI's message. */
export function unknownModel(model: string): CallError {
  return callError('model_not_found', {
    message: `The model \`${printable(model, 100)}\` does not exist or you do not have access to it.`,
  })
}
