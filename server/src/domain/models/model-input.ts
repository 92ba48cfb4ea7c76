// The rules for what an admin may write on a model and its routes.

import { displayTextFault } from '../display-text.ts'
import { type ItemFault, weightFault } from '../upstreams/upstream-input.ts'
import { failed, ok, problemsOf, type Result } from '../user-error.ts'
import { isPattern } from './name-pattern.ts'

/** Names that stand for the default model. The second is the original product's. */
export const DEFAULT_MODEL_NAMES = ['auto', 'local-gemini-auto'] as const

const NAME_MAX = 256
const ROUTES_MAX = 50
const PRIORITY_MAX = 1_000
/** More than any model outputs in one response. */
const OUTPUT_TOKENS_MAX = 100_000_000

export type RouteInput = {
  /** The number of an upstream. */
  upstream: number
  /** Null: the model's own name. */
  upstreamModel: string | null
  /** The lowest is tried first. */
  priority: number
  weight: number
}

/** 1 to 256 characters without spaces, with one `*` at most, and no stand-in for the default. */
export function readModelName(sent: string): Result<string> {
  const name = sent.trim()
  if (name === '')
    return failed('REQUIRED', 'name', 'name must not be empty. Set the name that clients send.')
  if (name.length > NAME_MAX)
    return failed('TOO_LONG', 'name', `name has at most ${NAME_MAX} characters.`, {
      minLength: 1,
      maxLength: NAME_MAX,
    })
  const fault = nameFault(name)
  if (fault !== null) return failed('INVALID', 'name', `name ${fault}`)
  if (!DEFAULT_MODEL_NAMES.some((standIn) => standIn === name)) return ok(name)
  return failed(
    'INVALID',
    'name',
    `"${name}" stands for the default model. Set isDefault on the model that it is to go to.`,
  )
}

/** At least one route, each once; a route's `*` needs one in the model's name. Names come back filled in. */
export function readRoutes(
  sent: readonly RouteInput[],
  modelName: string,
): Result<(RouteInput & { upstreamModel: string })[]> {
  if (sent.length === 0) return failed('REQUIRED', 'routes', 'routes must name at least one upstream.')
  if (sent.length > ROUTES_MAX) {
    return failed('TOO_LONG', 'routes', `A model has at most ${ROUTES_MAX} routes.`, { maxItems: ROUTES_MAX })
  }
  const routes = sent.map((route) => ({
    ...route,
    upstreamModel: route.upstreamModel?.trim() || modelName,
  }))
  const wrong = routes.flatMap((route, at) => {
    const fault = routeFault(route, modelName)
    return fault === null
      ? []
      : problemsOf(failed('INVALID', 'routes', `routes[${at}]: ${fault.says}`, fault.bounds))
  })
  const places = new Set(routes.map(({ upstream, upstreamModel }) => `${upstream} ${upstreamModel}`))
  if (wrong.length === 0 && places.size < routes.length) {
    const message = 'routes: the same upstream and model are there twice; give one of them a larger weight.'
    wrong.push(...problemsOf(failed('INVALID', 'routes', message)))
  }
  return wrong.length > 0 ? { ok: false, errors: wrong } : ok(routes)
}

/** The most output tokens that a call may request: a higher bound is lowered to this; null: whatever the upstream allows. */
export function readMaxOutputTokens(sent: number | null): Result<number | null> {
  if (sent === null || (Number.isInteger(sent) && sent >= 1 && sent <= OUTPUT_TOKENS_MAX)) return ok(sent)
  return failed(
    'OUT_OF_RANGE',
    'maxOutputTokens',
    `maxOutputTokens must be from 1 to ${OUTPUT_TOKENS_MAX}; null: no limit of this server.`,
    { min: 1, max: OUTPUT_TOKENS_MAX },
  )
}

/** A pattern is no model by itself, so nothing could stand for it. */
export function readIsDefault(isDefault: boolean, name: string): Result<boolean> {
  if (!isDefault || !isPattern(name)) return ok(isDefault)
  return failed('INVALID', 'isDefault', 'isDefault needs a model of one name: a "*" stands for many.')
}

function routeFault(route: RouteInput & { upstreamModel: string }, modelName: string): ItemFault | null {
  const { upstreamModel, priority, weight } = route
  if (upstreamModel.length > NAME_MAX)
    return { says: `upstreamModel has at most ${NAME_MAX} characters.`, bounds: { maxLength: NAME_MAX } }
  const fault = nameFault(upstreamModel)
  if (fault !== null) return { says: `upstreamModel ${fault}` }
  if (isPattern(upstreamModel) && !isPattern(modelName)) {
    return {
      says: `upstreamModel has a "*", and the name "${modelName}" has none that it could stand for.`,
    }
  }
  if (!(Number.isInteger(priority) && priority >= 0 && priority <= PRIORITY_MAX)) {
    return {
      says: `priority must be a whole number from 0 to ${PRIORITY_MAX}; 0 is tried first.`,
      bounds: { min: 0, max: PRIORITY_MAX },
    }
  }
  return weightFault(weight)
}

function nameFault(name: string): string | null {
  if (!name.isWellFormed() || /[\p{Cc}\s]/u.test(name)) return 'must have no spaces or control characters.'
  const fault = displayTextFault(name, { lines: false })
  if (fault !== null) return fault
  return name.split('*').length > 2 ? 'may have one "*" at most.' : null
}
