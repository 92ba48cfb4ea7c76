// The server itself.
import type { EnvironmentValue } from '../../../domain/settings/environment-value.ts'
import type { ControlPlane } from '../../../services/control-plane.ts'
import { builder } from '../../builder.ts'

const ServerRef = builder.objectRef<ControlPlane>('Server').implement({
  description: 'The server that responds.',
  fields: (t) => ({
    version: t.string({ description: 'Its version.', resolve: ({ server }) => server.version }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'When this process started.',
      resolve: ({ server }) => new Date(server.startedAtMs),
    }),
    database: t.string({
      description: 'SQLite or PostgreSQL.',
      resolve: ({ store }) => (store.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'),
    }),
    models: t.stringList({
      description: 'Public model names that a call may request now.',
      resolve: ({ server }) => server.models(),
    }),
    defaultModel: t.string({
      description: 'The model that `auto` and `local-gemini-auto` mean.',
      resolve: ({ server }) => server.defaultModel(),
    }),
  }),
})

const EnvironmentSettingRef = builder.objectRef<EnvironmentValue>('EnvironmentSetting').implement({
  description: 'A setting that an environment variable has, and that nothing else changes.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The variable.' }),
    value: t.exposeString('value', {
      nullable: true,
      description: 'The value in force; null: there is none, or it is a secret.',
    }),
    default: t.exposeString('default', {
      nullable: true,
      description: 'The value where the variable is absent; null: there is none.',
    }),
    isSet: t.exposeBoolean('isSet', { description: 'Whether the variable, or NAME_FILE, is set.' }),
    isSecret: t.exposeBoolean('isSecret', { description: 'Whether its value is never shown.' }),
  }),
})

builder.queryField('environmentSettings', (t) =>
  t.field({
    authScopes: { can: 'settings:read' },
    type: [EnvironmentSettingRef],
    description: 'Every setting of the environment, as it was read when the server started.',
    complexity: { field: 5, multiplier: 50 },
    resolve: (_root, _args, { plane }) => plane.environment,
  }),
)

builder.queryField('server', (t) =>
  t.field({
    authScopes: { identified: true },
    type: ServerRef,
    description: 'The server that responds.',
    resolve: (_root, _args, { plane }) => plane,
  }),
)
