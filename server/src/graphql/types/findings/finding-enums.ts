// The closed sets of findings.
import {
  aboutFinding,
  FINDING_CODES,
  FINDING_SEVERITIES,
  type FindingCode,
} from '../../../domain/findings/finding.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'

const MEANINGS = Object.fromEntries(
  FINDING_CODES.map((code) => [code, aboutFinding(code).meaning]),
) as Record<FindingCode, string>

export const FindingCodeEnum = builder.enumType('FindingCode', {
  description: 'What was found.',
  values: describedValues(FINDING_CODES, MEANINGS),
})

export const FindingSeverityEnum = builder.enumType('FindingSeverity', {
  description: 'How much a finding matters.',
  values: describedValues(FINDING_SEVERITIES, {
    HIGH: 'Calls fail, or secrets are at risk.',
    MEDIUM: 'Calls will fail soon, or something is less safe than it could be.',
    LOW: 'Worth to be tidied up.',
  }),
})
