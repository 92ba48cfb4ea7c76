// The ways that a call was tried by, where there was more to it than an answer.
import { type Attempt, readAttempts } from '../../../domain/logs/attempt.ts'
import { FAILURE_CLASSES, type FailureClass } from '../../../domain/upstreams/failure-class.ts'
import { credentialId } from '../../../domain/upstreams/upstream-id.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { RequestLogRef } from './request-log.ts'

const FAILURE_MEANINGS: Record<FailureClass, string> = {
  CONNECT: 'There was no connection; nothing was sent.',
  TIMEOUT: 'It did not begin to answer in time.',
  RESET: 'It broke off before it began to answer.',
  INTERRUPTED: 'It broke off in the middle of its answer, or answered something unreadable.',
  INVALID_ANSWER: 'It answered with a page, or a redirect.',
  SERVER_ERROR: 'It answered that it is in trouble itself.',
  RATE_LIMITED: 'It asked to be called less often.',
  QUOTA_EXHAUSTED: "The credential's account has nothing left.",
  CREDENTIAL_REFUSED: 'It refused the credential.',
  NOT_FOUND: 'It does not have this model or endpoint.',
  REFUSED: 'It refused the call as it is.',
}

export const AttemptFailureEnum = builder.enumType('AttemptFailure', {
  description: 'What went wrong with one try of a call.',
  values: describedValues(FAILURE_CLASSES, FAILURE_MEANINGS),
})

const RequestAttemptRef = builder.objectRef<Attempt>('RequestAttempt').implement({
  description: 'One try of a call, by one way.',
  fields: (t) => ({
    upstream: t.exposeString('upstream', { description: 'Who was asked, by its name then.' }),
    credentialId: t.id({
      nullable: true,
      description: '`cred_` and a number; null for one of the environment, and where none was sent.',
      resolve: (attempt) => (attempt.credentialId === null ? null : credentialId(attempt.credentialId)),
    }),
    upstreamModel: t.exposeString('upstreamModel', {
      nullable: true,
      description: 'The model as the upstream was asked for it.',
    }),
    startedMs: t.exposeInt('startedMs', { description: 'From accepting the call to this try.' }),
    durationMs: t.exposeInt('durationMs', {
      description: 'To its failure; of the one that answered, to the end of the call.',
    }),
    httpStatus: t.exposeInt('httpStatus', {
      nullable: true,
      description: 'What the upstream answered; null where nothing came.',
    }),
    failure: t.expose('failure', {
      type: AttemptFailureEnum,
      nullable: true,
      description: "What went wrong; null: its answer is the call's, as far as that came.",
    }),
    errorCode: t.exposeString('errorCode', {
      nullable: true,
      description: "The upstream's own code of the error, or Latchkey's.",
    }),
    upstreamRequestId: t.exposeString('upstreamRequestId', {
      nullable: true,
      description: "The upstream's own id of this try.",
    }),
  }),
})

builder.objectField(RequestLogRef, 'attempts', (t) =>
  t.field({
    type: [RequestAttemptRef],
    complexity: { field: 2, multiplier: 3 },
    description: 'How each way that was tried has answered; empty where the first one did, without incident.',
    resolve: ({ attempts }) => readAttempts(attempts),
  }),
)
