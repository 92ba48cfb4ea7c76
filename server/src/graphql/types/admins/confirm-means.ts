// What a person can show to confirm who he is.
import { CONFIRM_MEANS, type ConfirmMeans } from '../../../auth/second-factors/means.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'

const MEANINGS: Record<ConfirmMeans, string> = {
  PASSWORD: 'The password.',
  TOTP: 'A code of the authenticator app.',
  BACKUP_CODE: 'One of the backup codes, each of which works once.',
  PASSKEY: 'A passkey.',
  SIGN_IN_AGAIN: 'Signing in again at the provider.',
}

export const ConfirmMeansEnum = builder.enumType('ConfirmMeans', {
  description: 'What a person can show to confirm who he is.',
  values: describedValues(CONFIRM_MEANS, MEANINGS),
})
