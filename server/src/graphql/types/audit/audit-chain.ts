// Whether the hash chain of audit events is whole.
import { badInput } from '../../../domain/admin-errors.ts'
import type { ChainLink } from '../../../domain/audit/audit-chain.ts'
import { readAnchor } from '../../../domain/audit/chain-anchor.ts'
import { CHAIN_FAULTS, type ChainVerification, verifySealed } from '../../../services/audit/verify-chain.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'

const ChainFaultEnum = builder.enumType('AuditChainFault', {
  description: 'What is wrong with the hash chain of audit events.',
  values: describedValues(CHAIN_FAULTS, {
    CHANGED: 'The event at the position is not what was sealed.',
    MISSING: 'There is no event at the position.',
    HEAD: 'The last event is not the one that was sealed last.',
    UNKNOWN_VERSION: 'A later version of Latchkey has sealed the event at the position.',
  }),
})

const ChainLinkRef = builder.objectRef<ChainLink>('AuditChainLink').implement({
  description: 'A place in the hash chain of audit events.',
  fields: (t) => ({
    position: t.exposeInt('position', { description: 'From 1 on; 0: before the first event.' }),
    hash: t.string({
      description: 'SHA-256 in hex.',
      resolve: ({ hash }) => Buffer.from(hash).toString('hex'),
    }),
  }),
})

const AuditChainRef = builder.objectRef<ChainVerification>('AuditChain').implement({
  description: 'The hash chain of audit events, verified.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', {
      description: 'True where every event is what was sealed, and the anchor matches.',
    }),
    checked: t.exposeInt('checked', { description: 'Events that were verified, up to the fault.' }),
    brokenAt: t.exposeInt('brokenAt', {
      nullable: true,
      description: 'The position of the first event at fault; null: none is.',
    }),
    fault: t.expose('fault', {
      type: ChainFaultEnum,
      nullable: true,
      description: 'What is wrong there; null: nothing.',
    }),
    checkpoint: t.expose('checkpoint', {
      type: ChainLinkRef,
      description: 'The last event that retention has removed: the chain begins after it.',
    }),
    head: t.expose('head', { type: ChainLinkRef, description: 'The event that was sealed last.' }),
    unsealed: t.exposeInt('unsealed', {
      description: 'Events without a place in the chain yet: written since this verification began.',
    }),
    anchorMatches: t.exposeBoolean('anchorMatches', {
      nullable: true,
      description:
        'Whether the event at the anchor has its hash; null: no anchor was sent, or retention has removed its event.',
    }),
  }),
})

builder.queryField('auditChain', (t) =>
  t.field({
    authScopes: { can: 'audit:read' },
    type: AuditChainRef,
    description: 'Reads every audit event and verifies the hash chain. Takes seconds over a million.',
    args: {
      anchor: t.arg.string({
        description:
          'What the log of the process said of the head of the chain earlier: its position, a colon and its hash.',
      }),
    },
    complexity: 5_001,
    resolve: (_root, { anchor }, { plane }) => {
      const read = anchor == null ? null : readAnchor(anchor)
      if (read === null && anchor != null)
        throw badInput(
          'anchor',
          'anchor is a position, a colon and a hash in 64 hex digits, such as 12:e3b0….',
        )
      return verifySealed(plane.store, read)
    },
  }),
)
