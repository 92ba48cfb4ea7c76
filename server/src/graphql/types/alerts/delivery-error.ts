// Why a channel did not take a message.
import {
  DELIVERY_ERRORS,
  type DeliveryErrorCode,
  type DeliveryErrorDetail,
} from '../../../domain/alerts/delivery-error.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'

export const AlertDeliveryErrorCodeEnum = builder.enumType('AlertDeliveryErrorCode', {
  description: 'Why a channel did not take a message. More may follow.',
  values: describedValues(Object.keys(DELIVERY_ERRORS) as DeliveryErrorCode[], DELIVERY_ERRORS),
})

export const AlertDeliveryErrorDetailRef = builder
  .objectRef<DeliveryErrorDetail>('AlertDeliveryErrorDetail')
  .implement({
    description: 'The numbers and names of an AlertDeliveryErrorCode; null: it has none of this kind.',
    fields: (t) => ({
      address: t.exposeString('address', { nullable: true, description: 'The address that is refused.' }),
      systemError: t.exposeString('systemError', {
        nullable: true,
        description: 'The name that the system has for an UNKNOWN fault, such as EMFILE.',
      }),
      chatCode: t.exposeInt('chatCode', { nullable: true, description: "The chat's own code." }),
      acceptedRecipients: t.exposeInt('acceptedRecipients', {
        nullable: true,
        description: 'For how many recipients the SMTP server took it.',
      }),
      recipients: t.exposeInt('recipients', { nullable: true, description: 'How many there are.' }),
    }),
  })
