// What a call's objects mean for it: whether its key may name them, and which of its candidate routes has them.
import type { Endpoint } from '../../domain/endpoints/endpoints.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { printable } from '../../domain/logs/printable-text.ts'
import {
  mayNameObjects,
  type ObjectReference,
  objectReferences,
  REFERENCES_MAX,
} from '../../domain/objects/object-references.ts'
import {
  type MisspelledReference,
  misspelledReference,
  otherwiseSpelled,
} from '../../domain/objects/reference-spelling.ts'
import { hasMoreValues } from '../../http/wire/json-values.ts'
import { PARSED_AT_ONCE_MAX_BYTES, parsedJson } from '../../http/wire/parsed-json.ts'
import type { GovernedKey } from '../admission/admission.ts'
import type { CandidateRoutes, Route } from '../routing/route-table.ts'
import {
  type BoundRoute,
  type FoundBindings,
  isBoundRoute,
  isBoundUpstream,
  type ObjectBindings,
} from './object-bindings.ts'

/** The route that has what a call names; null: no object that it names is bound. */
export type ObjectRoute = BoundRoute | null

/** Whether a key may name objects of other keys, and those of which nothing is known. */
export function sharesObjects(key: GovernedKey | null): boolean {
  return key?.policy?.source.sharedObjects === true
}

/**
 * The objects that the JSON body of a model call names; null where it names none for certain. It is sent as it is, so that a
 * reference which an upstream could read otherwise is an error, unless the key may name any object (`isShared`).
 */
export function referencesOfModelCall(
  { keeps }: Endpoint,
  body: Buffer,
  isShared: boolean,
): readonly ObjectReference[] | CallError | null {
  const ofResponses = keeps === 'UNLESS_REFUSED' || keeps === 'REASONING'
  return mayNameObjects(body, ofResponses) ? referencesInJson(body, isShared) : null
}

/** The same of a message of a WebSocket of the Responses API. */
export function referencesOfMessage(
  message: Buffer,
  isShared: boolean,
): readonly ObjectReference[] | CallError | null {
  return mayNameObjects(message, true) ? referencesInJson(message, isShared) : null
}

function referencesInJson(body: Buffer, isShared: boolean): readonly ObjectReference[] | CallError | null {
  const json = namingJson(body)
  // What cannot be read may name an object all the same, to an upstream that is less strict.
  if (json === undefined) return callError('invalid_json')
  if (hasTooManyValues(json)) return json
  const misspelled = isShared ? null : misspelledReference(body.toString('utf8'), json)
  return misspelled === null ? referencesIn(json) : misspelling(misspelled)
}

/** The error of a reference in other letters than the API's, in a body that is rewritten from `json`; null where there is none. */
export function misspelledIn(json: unknown): CallError | null {
  const misspelled = otherwiseSpelled(json)
  return misspelled === null ? null : misspelling(misspelled)
}

function misspelling({ name, problem }: MisspelledReference): CallError {
  const shown = printable(name, 100) ?? ''
  return callError('invalid_request', {
    param: shown,
    message: `\`${shown}\` ${problem}: it names an object, which must be plain to see.`,
  })
}

// To parse so many takes some tenths of a second, during which no other call is served; 64 MiB of empty lists took 15 seconds.
const VALUES_MAX = 200_000

/** The JSON of a body that may name objects; undefined where it is none, an error where it has too many values to be read. */
export function namingJson(body: Buffer): unknown {
  return body.length > PARSED_AT_ONCE_MAX_BYTES && hasMoreValues(body, VALUES_MAX)
    ? TOO_MANY_VALUES
    : parsedJson(body.toString('utf8'))
}

const TOO_MANY_VALUES = callError('invalid_request', {
  message: `The request has more than ${VALUES_MAX} values, among which this gateway would have to look for the ids of objects.`,
})

/** Whether `namingJson` has refused a body. */
export function hasTooManyValues(json: unknown): json is CallError {
  return json === TOO_MANY_VALUES
}

/** The objects that a JSON body names; null where it names none. */
export function referencesIn(body: unknown): readonly ObjectReference[] | CallError | null {
  const references = objectReferences(body)
  if (references === null)
    return callError('invalid_request', {
      message: `The request names too many objects: at most ${REFERENCES_MAX} ids of files, responses and items.`,
    })
  return references.length === 0 ? null : references
}

/**
 * The route of the objects that a call names, or the error of one that is not its key's: the same whether there is such an object
 * or not. No promise where all is in memory. Never rejects.
 */
export function routeOfObjects(
  bindings: ObjectBindings,
  references: readonly ObjectReference[],
  apiKeyId: number | null,
  isShared: boolean,
): ObjectRoute | CallError | Promise<ObjectRoute | CallError> {
  const judge = (found: FoundBindings) => judged(references, found, apiKeyId, isShared)
  const found = bindings.find(references.map(({ id }) => id))
  if (!(found instanceof Promise)) return judge(found)
  return found.then(judge, () => callError('object_store_unavailable'))
}

function judged(
  references: readonly ObjectReference[],
  found: FoundBindings,
  apiKeyId: number | null,
  isShared: boolean,
): ObjectRoute | CallError {
  let route: ObjectRoute = null
  for (const reference of references) {
    const binding = found.get(reference.id)
    if (!isShared && (binding === undefined ? reference.isRequired : binding.apiKeyId !== apiKeyId))
      return objectNotFound(reference)
    route ??= binding?.route ?? null
  }
  return route
}

function objectNotFound({ id, param }: ObjectReference): CallError {
  const name = printable(id, 100)
  return param === 'previous_response_id'
    ? callError('previous_response_not_found', {
        param,
        message: `Previous response with id '${name}' not found.`,
      })
    : callError('object_not_found', { param, message: `No such object: '${name}'.` })
}

/**
 * The candidates that have the objects. Where their route is not among them any more (its credential was replaced, or the model
 * moved), all of them, those of the same upstream first: an object that one does not have is looked for at the next.
 */
export function candidatesWithObjects(candidates: CandidateRoutes, route: BoundRoute): CandidateRoutes {
  const all = [candidates.first, ...candidates.others]
  const ofCredential = all.filter(({ upstream }) => isBoundRoute(upstream, route))
  const rank = ({ upstream }: Route) => Number(!isBoundUpstream(upstream, route))
  const [first = candidates.first, ...others] =
    ofCredential.length > 0 ? ofCredential : all.sort((a, b) => rank(a) - rank(b))
  return { first, others }
}
