// The attempts of a call, where the first did not simply succeed.
import { type Attempt, readAttempts } from '../../../domain/logs/attempt.ts'
import { FAILURE_CLASSES, type FailureClass } from '../../../domain/upstreams/failure-class.ts'
import { TRANSPORT_REASONS, type TransportReason } from '../../../domain/upstreams/transport-reason.ts'
import { credentialId } from '../../../domain/upstreams/upstream-id.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { RequestLogRef } from './request-log.ts'

const FAILURE_MEANINGS: Record<FailureClass, string> = {
  CONNECT: 'There was no connection; nothing was sent.',
  TIMEOUT: 'No response head came in time.',
  RESET: 'The connection ended before the response head.',
  INTERRUPTED: 'The connection ended within the response, or the response could not be parsed.',
  INVALID_ANSWER: 'The response was an HTML page or a redirect.',
  SERVER_ERROR: 'The upstream reported an error of its own.',
  RATE_LIMITED: 'The upstream refused the request rate.',
  QUOTA_EXHAUSTED: "The quota of the credential's account is exhausted.",
  CREDENTIAL_REFUSED: 'It refused the credential.',
  NOT_FOUND: 'It does not have this model or endpoint.',
  REFUSED: 'It refused the call as it is.',
}

export const AttemptFailureEnum = builder.enumType('AttemptFailure', {
  description: 'The failure class of an attempt.',
  values: describedValues(FAILURE_CLASSES, FAILURE_MEANINGS),
})

const TransportReasonEnum = builder.enumType('TransportReason', {
  description: 'Why an attempt got no response, or not a whole one. No client is told.',
  values: describedValues(Object.keys(TRANSPORT_REASONS) as TransportReason[], TRANSPORT_REASONS),
})

const RequestAttemptRef = builder.objectRef<Attempt>('RequestAttempt').implement({
  description: 'One attempt of a call on one route.',
  fields: (t) => ({
    upstream: t.exposeString('upstream', { description: 'The upstream, by its name at that time.' }),
    credentialId: t.id({
      nullable: true,
      description: '`cred_` and a number; null for one of the environment, and where none was sent.',
      resolve: (attempt) => (attempt.credentialId === null ? null : credentialId(attempt.credentialId)),
    }),
    upstreamModel: t.exposeString('upstreamModel', {
      nullable: true,
      description: "The upstream's name of the model.",
    }),
    startedMs: t.exposeInt('startedMs', {
      description: 'From accepting the call to the start of this attempt.',
    }),
    durationMs: t.exposeInt('durationMs', {
      description: 'To its failure; of the attempt whose response was used, to the end of the call.',
    }),
    httpStatus: t.exposeInt('httpStatus', {
      nullable: true,
      description: "The status of the upstream's response; null where none came.",
    }),
    failure: t.expose('failure', {
      type: AttemptFailureEnum,
      nullable: true,
      description: 'The failure; null: its response was used.',
    }),
    errorCode: t.exposeString('errorCode', {
      nullable: true,
      description: "The upstream's own code of the error, or Latchkey's.",
    }),
    reason: t.expose('reason', {
      type: TransportReasonEnum,
      nullable: true,
      description: 'Why no whole response came; null where one did.',
    }),
    upstreamRequestId: t.exposeString('upstreamRequestId', {
      nullable: true,
      description: "The upstream's own id of this attempt.",
    }),
  }),
})

builder.objectField(RequestLogRef, 'attempts', (t) =>
  t.field({
    type: [RequestAttemptRef],
    complexity: { field: 2, multiplier: 3 },
    description: 'Every attempt, in order; empty where the first one succeeded.',
    resolve: ({ attempts }) => readAttempts(attempts),
  }),
)
