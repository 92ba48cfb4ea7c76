// A conversation of the playground: prompts, and what one or two models respond to each. In memory alone; a reload begins anew.
import type { Mode, Parameters, PastExchange, Prompt } from './playground-request.ts'
import { requestOf } from './playground-request.ts'
import { PlaygroundSecrets } from './playground-secrets.ts'
import { Reply } from './reply.svelte.ts'

export type Turn = { id: number; mode: Mode; prompt: Prompt; replies: readonly Reply[] }

export class Playground {
  turns = $state.raw<readonly Turn[]>([])
  /** What was said before the first turn: of a conversation that goes on here. */
  earlier = $state.raw<readonly PastExchange[]>([])
  readonly busy = $derived(this.turns.at(-1)?.replies.some(({ running }) => running) ?? false)
  /** Nothing more is to come: no text, and no request log. */
  readonly settled = $derived(
    this.turns.at(-1)?.replies.every(({ running, logState }) => !running && logState !== 'waiting') ?? true,
  )
  readonly #secrets = new PlaygroundSecrets()
  #turnsMade = 0

  /** Sends a prompt to each of the models, one or two, as the key. Nothing while something is under way. */
  send(
    keyId: string,
    mode: Mode,
    models: readonly string[],
    parameters: Parameters,
    prompt: Prompt,
    readsLogs: boolean,
  ): void {
    if (this.busy) return
    const replies = models.map(
      (model, place) =>
        new Reply(keyId, model, requestOf(mode, model, parameters, this.#past(place), prompt)),
    )
    this.turns = [...this.turns, { id: ++this.#turnsMade, mode, prompt, replies }]
    for (const reply of replies) void reply.run(this.#secrets, readsLogs)
  }

  stop(): void {
    for (const { replies } of this.turns) for (const reply of replies) reply.stop()
  }

  /** Begins anew. Also for whoever leaves the page. */
  clear(): void {
    for (const { replies } of this.turns) for (const reply of replies) reply.discard()
    this.turns = []
    this.earlier = []
  }

  /** What was said with the model in this place: prompts to which it has not replied would leave two of them in a row. */
  #past(place: number): PastExchange[] {
    const said = this.turns.flatMap(({ mode, prompt, replies }) => {
      const reply = replies[place]
      return mode === 'chat' && reply !== undefined && reply.text !== ''
        ? [{ prompt, reply: reply.text }]
        : []
    })
    return [...this.earlier, ...said]
  }
}
