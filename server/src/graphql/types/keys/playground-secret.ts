// A secret with which an admin calls as a key.
import {
  createPlaygroundSecret,
  type PlaygroundSecret,
} from '../../../services/keys/create-playground-secret.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentApiKey } from '../sent-ids.ts'

const CreatePlaygroundSecretInput = builder.inputType('CreatePlaygroundSecretInput', {
  description: 'Which key to call as.',
  fields: (t) => ({ id: t.id({ required: true, description: 'An active key.' }) }),
})

const CreatePlaygroundSecretPayload = resultPayload<PlaygroundSecret>('CreatePlaygroundSecretPayload', {
  description: 'The secret is shown here and never again.',
  fields: (t) => ({
    secret: t.string({
      nullable: true,
      description:
        'What to send as the API key to POST /v1/chat/completions, /v1/images/generations, /v1/audio/speech and /v1/audio/transcriptions. It is a credential nowhere else.',
      resolve: (result) => resultValue(result)?.secret ?? null,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When it stops working, 15 minutes from now. It stops before then when the key does, when the secret that the key has now stops after a rotation, or when the server is restarted.',
      resolve: (result) => resultValue(result)?.expiresAt ?? null,
    }),
  }),
})

builder.mutationField('createPlaygroundSecret', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: CreatePlaygroundSecretPayload,
    description:
      'Makes a short-lived secret with which you call as the key. Its calls go through the rules of the key and are charged to it; request logs have them with the tag source=playground. Audited.',
    args: { input: t.arg({ type: CreatePlaygroundSecretInput, required: true, description: 'The input.' }) },
    resolve: async (_root, { input }, context) => {
      const number = sentApiKey(input.id)
      return number.ok ? createPlaygroundSecret(context.plane, actorOf(context), number.value) : number
    },
  }),
)
