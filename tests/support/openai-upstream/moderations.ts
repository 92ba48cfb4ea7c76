// Moderations: https://platform.openai.com/docs/api-reference/moderations.
import { type Endpoints, objectsIn } from './request.ts'
import { digest } from './writing.ts'

const CATEGORIES = [
  'harassment',
  'hate',
  'illicit/violent',
  'self-harm',
  'sexual',
  'violence',
  'violence/graphic',
]

/** A text that speaks of a fight is violent. */
export function moderationEndpoints(): Endpoints {
  return {
    'POST /moderations': ({ json }, response) => {
      const inputs = Array.isArray(json.input) ? json.input : [json.input]
      // Parts with a type are one multi-modal input; texts are one each.
      const judged = objectsIn(json.input).length > 0 ? [JSON.stringify(json.input)] : inputs.map(String)
      response.json({
        id: `modr-${digest(json).slice(0, 12)}`,
        model: json.model ?? 'omni-moderation-latest',
        results: judged.map((text) => {
          const violent = /\bfight\b/.test(text)
          const of = <T>(value: T, other: T) =>
            Object.fromEntries(
              CATEGORIES.map((name) => [name, name === 'violence' && violent ? value : other]),
            )
          return {
            flagged: violent,
            categories: of(true, false),
            category_scores: of(0.98, 0.000_012),
            category_applied_input_types: of(['text'], []),
          }
        }),
      })
    },
  }
}
