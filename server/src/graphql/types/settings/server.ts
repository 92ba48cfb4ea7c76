// The server itself.
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

builder.queryField('server', (t) =>
  t.field({
    authScopes: { identified: true },
    type: ServerRef,
    description: 'The server that responds.',
    resolve: (_root, _args, { plane }) => plane,
  }),
)
