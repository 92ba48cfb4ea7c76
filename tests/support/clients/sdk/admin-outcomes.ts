// What becomes of every method of OpenAI's admin API with an admin token. A method that a newer SDK has is not here, and fails the test
// that walks them until somebody has decided about it. docs/reference/organization-api.md says the same to people.

/** SERVED: by the services of the control plane. NONE: there is no counterpart, which the error says. */
export type AdminOutcome = 'SERVED' | 'NONE'

/** A line for each resource below `admin.organization`, with its methods. */
const METHODS: Record<AdminOutcome, string> = {
  SERVED: `
    auditLogs: list
    adminAPIKeys: create retrieve list delete
    usage: audioSpeeches audioTranscriptions codeInterpreterSessions completions costs decisions embeddings fileSearchCalls images moderations webSearchCalls
    invites: create retrieve list delete
    users: retrieve update list delete
    roles: retrieve list
    projects: create retrieve update list archive
    projects.users: create retrieve update list delete
    projects.serviceAccounts: create retrieve update list delete
    projects.apiKeys: retrieve update list delete
    projects.rateLimits: listRateLimits updateRateLimit
    projects.spendLimit: retrieve update delete
  `,
  NONE: `
    usage: vectorStores
    users.roles: create retrieve list delete
    groups: create retrieve update list delete
    groups.users: create retrieve list delete
    groups.roles: create retrieve list delete
    roles: create update delete
    dataRetention: retrieve update
    externalKeys: create retrieve list delete validate
    workloadIdentityProviders: create retrieve update list delete
    workloadIdentityProviders.federationRules: create retrieve update list delete
    externalStorage: create retrieve list delete validate
    spendLimit: retrieve update delete
    spendAlerts: create retrieve update list delete
    certificates: create retrieve update list delete activate deactivate
    projects.users.roles: create retrieve list delete
    projects.serviceAccounts.apiKeys: create
    projects.modelPermissions: retrieve update delete
    projects.serviceTierSettings: retrieve update
    projects.hostedToolPermissions: retrieve update
    projects.groups: create retrieve list delete
    projects.groups.roles: create retrieve list delete
    projects.roles: create retrieve update list delete
    projects.dataRetention: retrieve update
    projects.spendAlerts: create retrieve update list delete
    projects.certificates: list activate deactivate
  `,
}

/** By the name of a method, as an application writes it after the client. */
export const ADMIN_OUTCOMES: ReadonlyMap<string, AdminOutcome> = new Map(
  (['SERVED', 'NONE'] as const).flatMap((outcome) =>
    METHODS[outcome]
      .trim()
      .split('\n')
      .flatMap((line) => {
        const [resource = '', methods = ''] = line.trim().split(': ')
        return methods
          .split(' ')
          .map((method) => [`admin.organization.${resource}.${method}`, outcome] as const)
      }),
  ),
)
