// The health of an upstream, from the calls through this gateway.

import { credentialId } from '../../../domain/upstreams/upstream-id.ts'
import type { UpstreamStatus } from '../../../domain/upstreams/upstream-status.ts'
import {
  BREAKER_STATES,
  type BreakerState,
  type CredentialCooldown,
} from '../../../domain/upstreams/upstream-status.ts'
import { upstreamHealth } from '../../../services/upstreams/upstream-health.ts'
import { builder, type FieldsOf } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { AttemptFailureEnum } from '../logs/request-attempt.ts'
import { UpstreamRef } from './upstream.ts'

const BREAKER_MEANINGS: Record<BreakerState, string> = {
  CLOSED: 'Calls are sent.',
  HALF_OPEN: 'One call at a time is sent, to find out whether the upstream has recovered.',
  OPEN: 'No calls are sent: too many in a row have failed.',
}

const BreakerStateEnum = builder.enumType('BreakerState', {
  description: 'The state of the circuit breaker of an upstream.',
  values: describedValues(BREAKER_STATES, BREAKER_MEANINGS),
})

/** The fields of a credential that is cooling down. */
function cooldownFields(t: FieldsOf<CredentialCooldown>) {
  return {
    credentialId: t.id({
      nullable: true,
      description: '`cred_` and a number; null for one of the environment, and where none is sent.',
      resolve: (cooldown) => (cooldown.credentialId === null ? null : credentialId(cooldown.credentialId)),
    }),
    upstreamModel: t.exposeString('upstreamModel', {
      nullable: true,
      description: "The upstream's name of the model; null: it cools down for every model.",
    }),
    until: t.field({
      type: 'DateTime',
      description: 'When the cooldown ends.',
      resolve: ({ untilMs }) => new Date(untilMs),
    }),
    reason: t.expose('reason', { type: AttemptFailureEnum, description: 'The failure that began it.' }),
  }
}

const CredentialCooldownRef = builder.objectRef<CredentialCooldown>('CredentialCooldown').implement({
  description:
    'A credential that is not used for a while, because the upstream refused it or its request rate.',
  fields: cooldownFields,
})

// A type cannot be deprecated: it goes with the field that has it.
const CredentialRestRef = builder.objectRef<CredentialCooldown>('CredentialRest').implement({
  description: 'The former name of CredentialCooldown.',
  fields: cooldownFields,
})

const UpstreamHealthRef = builder.objectRef<UpstreamStatus>('UpstreamHealth').implement({
  description:
    'The health of an upstream, from its last calls. It is kept in memory and starts anew with the process. Each worker knows its own calls: this is the worst of what they know.',
  fields: (t) => ({
    breaker: t.expose('breaker', {
      type: BreakerStateEnum,
      description: 'The state of its circuit breaker.',
    }),
    retryAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the next call may be sent; null while the breaker is CLOSED.',
      resolve: ({ retryAtMs }) => (retryAtMs === null ? null : new Date(retryAtMs)),
    }),
    lastFailure: t.expose('failure', {
      type: AttemptFailureEnum,
      nullable: true,
      description: 'The failure of the last call that failed; null where one has succeeded since.',
    }),
    coolingDownCredentials: t.expose('coolingDown', {
      type: [CredentialCooldownRef],
      complexity: { field: 2, multiplier: 1 },
      description: 'Its credentials that are cooling down.',
    }),
    restingCredentials: t.expose('coolingDown', {
      type: [CredentialRestRef],
      complexity: { field: 2, multiplier: 1 },
      deprecationReason:
        'Renamed to coolingDownCredentials. Deprecated since 2026-11-29; it works for one version more.',
      description: 'The former name of coolingDownCredentials.',
    }),
  }),
})

builder.objectField(UpstreamRef, 'health', (t) =>
  t.field({
    type: UpstreamHealthRef,
    complexity: 5,
    description: 'Its health, from the calls through this gateway.',
    resolve: (upstream, _args, { plane }) => upstreamHealth(plane, upstream),
  }),
)
