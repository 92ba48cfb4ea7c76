// Which models there are to try with a key, which of them its rules allow, and what each can do as far as its price says.
import type { KeyPolicyInput, Model } from '@latchkey/sdk'
import type { SearchOption, SearchSource } from '#lib/components/fields/search-sources.ts'
import { allowsModel } from '#lib/keys/effective-policy.ts'
import { m } from '#lib/paraglide/messages.js'
import { type Mode, modes } from './playground-request.ts'

export type ModelChoice = {
  name: string
  /** Why the key cannot call it, as far as its rule about models and the model itself say; null: nothing is in its way. */
  obstacle: string | null
  /** Null: its price is not known, and says nothing of it. */
  modes: readonly Mode[] | null
}

const most = 50

/** Those that can be called first, each group by name. `served`: names that upstreams have beside the models that are set up. */
export function modelChoices(
  models: readonly Model[],
  served: readonly string[],
  policy: KeyPolicyInput | null,
): ModelChoice[] {
  const named = models.filter(({ name }) => !name.includes('*'))
  const known = new Set(named.map(({ name }) => name))
  const choices = [
    ...named.map((model) => ({
      name: model.name,
      obstacle: model.enabled ? ruleObstacle(policy, model.name) : m.playground_model_disabled(),
      modes: modesOf(model),
    })),
    ...served
      .filter((name) => !known.has(name) && !name.includes('*'))
      .map((name) => ({ name, obstacle: ruleObstacle(policy, name), modes: null })),
  ]
  return choices.toSorted(
    (a, b) => Number(a.obstacle !== null) - Number(b.obstacle !== null) || a.name.localeCompare(b.name),
  )
}

function ruleObstacle(policy: KeyPolicyInput | null, model: string): string | null {
  return allowsModel(policy, model) ? null : m.playground_model_not_allowed()
}

/**
 * What a model can do, by the units that it has a price for: a picture is sold by the piece or by tokens of its own, speech by
 * characters or tokens of sound, a transcription by seconds or tokens of sound that it takes and none that it gives. Null: no price
 * is known.
 */
export function modesOf({ price, listPrice }: Pick<Model, 'price' | 'listPrice'>): readonly Mode[] | null {
  const base = (price ?? listPrice)?.base
  if (base === undefined || base.length === 0) return null
  const has = (...units: string[]) => base.some(({ unit }) => units.includes(unit))
  const can: Record<Mode, boolean> = {
    image: has('IMAGE', 'OUTPUT_IMAGE_TOKEN'),
    speech: has('CHARACTER', 'OUTPUT_AUDIO_TOKEN') && !has('INPUT_AUDIO_TOKEN'),
    transcription: has('SECOND', 'INPUT_AUDIO_TOKEN') && !has('OUTPUT_AUDIO_TOKEN'),
    chat: false,
  }
  const isOther = can.image || can.speech || can.transcription
  return modes.filter((mode) => (mode === 'chat' ? !isOther && has('OUTPUT_TOKEN') : can[mode]))
}

/** For a picker: those that the key cannot call come last, and say why; they can be tried all the same. */
export function choiceSource(choices: readonly ModelChoice[]): SearchSource {
  const option = ({ name, obstacle }: ModelChoice): SearchOption =>
    obstacle === null ? { id: name, text: name } : { id: name, text: name, note: obstacle }
  return {
    placeholder: m.search_for_model,
    async search(text) {
      const wanted = text.toLowerCase()
      return choices
        .filter(({ name }) => name.toLowerCase().includes(wanted))
        .slice(0, most)
        .map(option)
    },
    find: async (name) => ({ id: name, text: name }),
  }
}
