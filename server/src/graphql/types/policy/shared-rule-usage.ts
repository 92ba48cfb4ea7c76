// How much of their shared rules the keys of an owner, or with a label, use now.
import { badInput } from '../../../domain/admin-errors.ts'
import { labelLimitNumber } from '../../../domain/labels/label-limit.ts'
import { ownerNumber } from '../../../domain/owners/owner.ts'
import { ruleUsageOfLabelLimit, ruleUsageOfOwner } from '../../../services/policy/shared-rule-usage.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { quoted } from '../../global-id.ts'
import { RuleVerdictRef } from './explain-call.ts'

builder.queryField('sharedRuleUsage', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: [RuleVerdictRef],
    nullable: true,
    description:
      'Each rule that the keys of an owner, or with the label of label limits, share, as a call of one token would be judged: what all of them together use now, in-flight calls included, and when it resets. Empty while label limits are switched off; null where there is no such owner, and no such limits or you may see some owners alone.',
    args: { id: t.arg.id({ required: true, description: 'The owner, `own_…`, or the limits, `lim_…`.' }) },
    complexity: { field: 20, multiplier: 1 },
    resolve: (_root, { id }, context) => {
      const actor = actorOf(context)
      const owner = ownerNumber(id)
      if (owner !== null) return ruleUsageOfOwner(context.plane, actor, owner)
      const limit = labelLimitNumber(id)
      if (limit !== null) return ruleUsageOfLabelLimit(context.plane, actor, limit)
      throw badInput(
        'id',
        `${quoted(id)} is not the id of an owner or of label limits. Those look like own_12 and lim_12.`,
      )
    },
  }),
)
