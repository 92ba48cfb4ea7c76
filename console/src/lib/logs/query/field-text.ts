// What fields, values and problems of a query are called in the reader's language. The names that are typed are the same in each.
import { outcomes, outcomeText } from '#lib/logs/outcome-text.ts'
import { m } from '#lib/paraglide/messages.js'
import type { FieldName } from './log-fields.ts'
import type { Problem, ProblemCode } from './parse-query.ts'

const labels: Record<FieldName, () => string> = {
  key: m.api_key,
  outcome: m.outcome,
  error: m.logs_field_error,
  model: m.model,
  upstream: m.upstream,
  endpoint: m.endpoint,
  status: m.http_status,
  cost: m.logs_field_cost,
  duration: m.duration,
  tokens: m.logs_field_tokens,
  owner: m.logs_field_owner,
  label: m.logs_field_label,
  tag: m.logs_field_tag,
  ip: m.client_ip,
  client_error: m.logs_field_client_error,
  tier: m.service_tier,
  stream: m.streamed,
  unpriced: m.logs_field_unpriced,
  secret: m.logs_field_secret,
}

/** The name of a field in the reader's language. */
export function fieldLabel(field: FieldName): string {
  return labels[field]()
}

/** A value in words, where the fixed list of its field has some. */
export function valueText(field: FieldName, value: string): string {
  if (field === 'outcome') {
    const outcome = outcomes.find((each) => each.toLowerCase() === value.toLowerCase())
    return outcome ? outcomeText(outcome) : value
  }
  if (field === 'stream' || field === 'unpriced') return value === 'yes' ? m.yes() : m.no()
  if (field === 'secret') return value === 'former' ? m.logs_secret_former() : m.logs_secret_replaced()
  return value
}

const problemTexts: Record<ProblemCode, (problem: Problem) => string> = {
  unknown_field: ({ part }) => m.logs_problem_unknown_field({ part }),
  no_value: ({ part }) => m.logs_problem_no_value({ part }),
  bad_value: (problem) => badValue(problem),
  negation: ({ part }) => m.logs_problem_negation({ part }),
  operator: ({ part }) => m.logs_problem_operator({ part }),
  open_quote: ({ part }) => m.logs_problem_open_quote({ part }),
  two_texts: ({ part }) => m.logs_problem_two_texts({ part }),
  twice: ({ part }) => m.logs_problem_twice({ part }),
  pattern: ({ part }) => m.logs_problem_pattern({ part }),
  long_text: () => m.logs_problem_long_text(),
}

/** One sentence that says what cannot be read and what to type. */
export function problemText(problem: Problem): string {
  return problemTexts[problem.code](problem)
}

function badValue({ part, field }: Problem): string {
  switch (field) {
    case 'duration':
      return m.logs_problem_duration({ part })
    case 'cost':
      return m.logs_problem_cost({ part })
    case 'tokens':
    case 'status':
      return m.logs_problem_number({ part, example: field === 'status' ? 'status:5xx' : 'tokens:>10k' })
    case 'label':
      return m.logs_problem_label({ part })
    default:
      return m.logs_problem_value({ part })
  }
}
