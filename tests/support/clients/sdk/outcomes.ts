// What becomes of every method of OpenAI's SDK at the gateway. A method that a newer SDK has is not here, and fails the test
// that walks them until somebody has decided about it.

/**
 * SERVED: by the endpoint table, the bytes pass in both directions. OWN: the gateway responds itself, about the models of every
 * upstream. ACCOUNT: 403 for a key whose rule about endpoints does not name it, since it changes or describes the account of
 * an upstream. UNKNOWN: 404, it administers an account with a key of another kind. LOCAL: it sends no request.
 */
export type Outcome = 'SERVED' | 'OWN' | 'ACCOUNT' | 'UNKNOWN' | 'LOCAL'

/** A line for each resource of the SDK, with its methods. */
const METHODS: Record<Outcome, string> = {
  SERVED: `
    decisions: create
    completions: create
    chat.completions: create retrieve update list delete parse runTools stream
    chat.completions.messages: list
    embeddings: create
    files: create retrieve list delete content waitForProcessing
    images: createVariation edit generate
    contentProvenanceChecks: create
    audio.transcriptions: create
    audio.translations: create
    audio.speech: create
    audio.voices: create delete
    audio.voiceConsents: create retrieve update list delete
    moderations: create
    fineTuning.jobs: create retrieve list cancel listEvents pause resume
    fineTuning.jobs.checkpoints: list
    fineTuning.alpha.graders: run validate
    vectorStores: create retrieve update list delete search
    vectorStores.files: create retrieve update list delete createAndPoll poll upload uploadAndPoll content
    vectorStores.fileBatches: create retrieve cancel createAndPoll listFiles poll uploadAndPoll
    beta.realtime.sessions: create
    beta.realtime.transcriptionSessions: create
    beta.agents: create retrieve update list delete
    beta.agents.automations: create retrieve update list delete pause resume
    beta.agents.automations.invocations: create retrieve list
    beta.agents.environments: create retrieve list
    beta.agents.environments.files: create list prepare upload
    beta.agents.environments.templates: create retrieve update list delete
    beta.agents.vaults: create retrieve update list delete
    beta.agents.vaults.credentials: create retrieve update list delete
    beta.agents.sessions: create retrieve update list delete stream
    beta.agents.sessions.subagents: retrieve list
    beta.agents.sessions.subagents.items: list
    beta.agents.sessions.subagents.turns: retrieve list
    beta.agents.sessions.subagents.turns.items: list
    beta.agents.sessions.artifacts: retrieve list delete content
    beta.agents.sessions.items: list
    beta.agents.sessions.events: create stream
    beta.agents.sessions.traces: list
    beta.agents.sessions.turns: retrieve list
    beta.agents.sessions.turns.items: list
    beta.responses: create retrieve delete cancel compact
    beta.responses.inputItems: list
    beta.responses.inputTokens: count
    beta.chatkit.sessions: create cancel
    beta.chatkit.threads: retrieve list delete listItems
    beta.assistants: create retrieve update list delete
    beta.threads: create retrieve update delete createAndRun createAndRunPoll createAndRunStream
    beta.threads.runs: create createAndPoll createAndStream retrieve update list cancel poll stream submitToolOutputs submitToolOutputsAndPoll submitToolOutputsStream
    beta.threads.runs.steps: retrieve list
    beta.threads.messages: create retrieve update list delete
    batches: create retrieve list cancel
    uploads: create cancel complete
    uploads.parts: create
    responses: create retrieve delete cancel compact parse stream
    responses.inputItems: list
    responses.inputTokens: count
    live: create
    live.sessions: accept downloadRecording fork hangup refer reject
    realtime.clientSecrets: create
    realtime.calls: create accept hangup refer reject
    realtime.translations.clientSecrets: create
    conversations: create retrieve update delete
    conversations.items: create retrieve list delete
    evals: create retrieve update list delete
    evals.runs: create retrieve list delete cancel
    evals.runs.outputItems: retrieve list
    containers: create retrieve list delete
    containers.files: create retrieve list delete
    containers.files.content: retrieve
    skills: create retrieve update list delete
    skills.content: retrieve
    skills.versions: create retrieve list delete
    skills.versions.content: retrieve
    videos: create retrieve list delete createCharacter downloadContent edit extend getCharacter remix
  `,
  OWN: `
    models: retrieve list
  `,
  ACCOUNT: `
    models: delete
    fineTuning.checkpoints.permissions: create retrieve list delete
    safety.cases: retrieve
    safety.alerts: retrieve
    webhooks: create retrieve update list delete rotateSecret test
    webhooks.eventTypes: list
  `,
  LOCAL: `
    webhooks: unwrap verifySignature
    beta.agents.sessions.artifacts: forResult
  `,
  UNKNOWN: `
    admin.organization.auditLogs: list
    admin.organization.adminAPIKeys: create retrieve list delete
    admin.organization.usage: audioSpeeches audioTranscriptions codeInterpreterSessions completions costs decisions embeddings fileSearchCalls images moderations vectorStores webSearchCalls
    admin.organization.invites: create retrieve list delete
    admin.organization.users: retrieve update list delete
    admin.organization.users.roles: create retrieve list delete
    admin.organization.groups: create retrieve update list delete
    admin.organization.groups.users: create retrieve list delete
    admin.organization.groups.roles: create retrieve list delete
    admin.organization.roles: create retrieve update list delete
    admin.organization.dataRetention: retrieve update
    admin.organization.externalKeys: create retrieve list delete validate
    admin.organization.workloadIdentityProviders: create retrieve update list delete
    admin.organization.workloadIdentityProviders.federationRules: create retrieve update list delete
    admin.organization.externalStorage: create retrieve list delete validate
    admin.organization.spendLimit: retrieve update delete
    admin.organization.spendAlerts: create retrieve update list delete
    admin.organization.certificates: create retrieve update list delete activate deactivate
    admin.organization.projects: create retrieve update list archive
    admin.organization.projects.users: create retrieve update list delete
    admin.organization.projects.users.roles: create retrieve list delete
    admin.organization.projects.serviceAccounts: create retrieve update list delete
    admin.organization.projects.serviceAccounts.apiKeys: create
    admin.organization.projects.apiKeys: retrieve update list delete
    admin.organization.projects.rateLimits: listRateLimits updateRateLimit
    admin.organization.projects.modelPermissions: retrieve update delete
    admin.organization.projects.serviceTierSettings: retrieve update
    admin.organization.projects.hostedToolPermissions: retrieve update
    admin.organization.projects.groups: create retrieve list delete
    admin.organization.projects.groups.roles: create retrieve list delete
    admin.organization.projects.roles: create retrieve update list delete
    admin.organization.projects.dataRetention: retrieve update
    admin.organization.projects.spendLimit: retrieve update delete
    admin.organization.projects.spendAlerts: create retrieve update list delete
    admin.organization.projects.certificates: list activate deactivate
  `,
}

/** By the name of a method, as an application writes it after the client. */
export const OUTCOMES: ReadonlyMap<string, Outcome> = new Map(
  (['SERVED', 'OWN', 'ACCOUNT', 'LOCAL', 'UNKNOWN'] as const).flatMap((outcome) =>
    METHODS[outcome]
      .trim()
      .split('\n')
      .flatMap((line) => {
        const [resource = '', methods = ''] = line.trim().split(': ')
        return methods.split(' ').map((method) => [`${resource}.${method}`, outcome] as const)
      }),
  ),
)

/** The files of the SDK that open a WebSocket, without their ending, and the path that each requests. */
export const WEB_SOCKETS: ReadonlyMap<string, string> = new Map([
  ['beta/realtime/websocket', '/v1/realtime'],
  ['beta/realtime/ws', '/v1/realtime'],
  ['realtime/translations/ws', '/v1/realtime/translations'],
  ['realtime/websocket', '/v1/realtime'],
  ['realtime/ws', '/v1/realtime'],
  ['resources/beta/responses/ws', '/v1/responses'],
  ['resources/live/forks/ws', '/v1/live/sessions/obj_1/fork'],
  ['resources/live/sideband/ws', '/v1/live/sessions/obj_1/attach'],
  ['resources/live/ws', '/v1/live/sessions'],
  ['resources/responses/ws', '/v1/responses'],
])
