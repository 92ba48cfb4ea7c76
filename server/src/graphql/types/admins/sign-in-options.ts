// What the sign-in page has to know of nobody: how one signs in here.
import { readSignInRules } from '../../../auth/sessions/read-sign-in-rules.ts'
import { readProvider } from '../../../auth/sso/provider-row.ts'
import { builder } from '../../builder.ts'

type Options = { passwords: boolean; ssoLabel: string | null }

const SignInOptionsRef = builder.objectRef<Options>('SignInOptions').implement({
  description: 'How one signs in here.',
  fields: (t) => ({
    passwords: t.exposeBoolean('passwords', {
      description:
        'False where sign-in with passwords is switched off; the last owner who has one still signs in.',
    }),
    ssoLabel: t.exposeString('ssoLabel', {
      nullable: true,
      description: 'What the button says behind "Continue with"; null: no provider is set up.',
    }),
  }),
})

builder.queryField('signInOptions', (t) =>
  t.field({
    type: SignInOptionsRef,
    skipTypeScopes: true,
    description: 'How one signs in here.',
    resolve: async (_root, _args, { plane }) => {
      const [rules, provider] = await Promise.all([
        readSignInRules(plane.store.prisma),
        readProvider(plane.store.prisma),
      ])
      return { passwords: rules.passwords, ssoLabel: provider?.buttonLabel ?? null }
    },
  }),
)
