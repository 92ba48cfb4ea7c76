// The endpoint table: every path of the wire that the gateway serves, and what each needs. find-endpoint.ts looks a request up
// in it. No other file under server/src has a path of the wire as a literal, but for gateway/echo, which stands in for an
// upstream and implements some of them.
//
// Source: the paths of https://github.com/openai/openai-openapi (October 2026) and those that openai 7.59 calls, without
// /organization and /projects, which administer an account: rest/organization/ has what there is of them.

/** What every path of the wire begins with; the base URL of an upstream stands for it there. */
export const WIRE_ROOT = '/v1'

/** How an endpoint is served. */
export type Served =
  /** The body is one JSON object: it is read whole, routed by its model, and the response is metered. */
  | 'MODEL_CALL'
  /**
   * The body is a form with a file for a model, which is kept until its model is known, or one JSON object: it is routed by its
   * model, and the response is metered.
   */
  | 'FORM'
  /** An object that the upstream stores, or makes: the bytes pass in both directions unread, and nothing is metered. */
  | 'PASS_THROUGH'
  /** By the gateway itself: the models of all upstreams, or one of them. */
  | 'MODEL_LIST'
  /** By the gateway itself: what the API key of the call may do. */
  | 'KEY_INFO'
  /** By the gateway itself: request logs of the API key of the call. */
  | 'KEY_LOGS'
  /** By the gateway itself: a new secret for the API key of the call. */
  | 'KEY_ROTATION'
  /** A WebSocket, of which every message passes, and whose usage is metered. */
  | 'WEBSOCKET'

/** How a stream of events ends, and where it holds usage; `other`: JSON, or events of no known order. */
export type StreamDialect = 'chat' | 'responses' | 'other'

/**
 * The unit that a call is billed by. READING: input tokens alone, as of an embedding. AUDIO: tokens or seconds of a recording, as its
 * response reports them. VIDEO: what no response to a call reports, so that its cost is not known.
 */
export type BilledUnit = 'TEXT' | 'READING' | 'IMAGES' | 'SPEECH' | 'AUDIO' | 'VIDEO'

export type EndpointRow = {
  /**
   * Below `WIRE_ROOT`. A segment `{id}` stands for any identifier; a written segment goes before it. `x/**` at the end: `x`
   * and every path below it that has no row of its own.
   */
  path: string
  methods: readonly string[]
  served: Served
  /**
   * Where a request names its model; of the methods of a row, a POST alone uses one. UPSTREAM: nowhere, its upstream chooses
   * one, as for a batch or a run. SESSION: in the `session` of its JSON body or form. MESSAGES: in messages of its WebSocket. NONE:
   * it reaches no model.
   */
  modelIn: 'BODY' | 'FORM' | 'PATH' | 'QUERY' | 'SESSION' | 'MESSAGES' | 'UPSTREAM' | 'NONE'
  /** The model may be omitted: the upstream has a default, or finds it elsewhere. */
  modelOptional: boolean
  /** Null: the response may be of any kind, and no stream of events. */
  dialect: StreamDialect | null
  /** `stream_options.include_usage` is added to the request. It exists for these alone; the Responses API refuses it. */
  injectsUsage: boolean
  /** Null: the call is free of charge, or not metered. */
  bills: BilledUnit | null
  /** The response is text of a model: where the upstream reports no usage, it is estimated from the bodies. */
  estimable: boolean
  /**
   * What an upstream keeps of a call of a model, so that a later call can name it. UNLESS_REFUSED: the response and its items,
   * but for `store: false`; encrypted reasoning comes back in either case. IF_ASKED: the response, with `store: true`.
   * REASONING: it comes back encrypted. NOTHING: as far as it is known.
   */
  keeps: 'UNLESS_REFUSED' | 'IF_ASKED' | 'REASONING' | 'NOTHING'
  /** The call is counted in the limits of its key. */
  countsForLimits: boolean
  /**
   * Which keys may use it, beside what their rules say. ANY. UNRESTRICTED: those without a policy, since the table does not
   * know what is below a folder. NAMED: those whose rule about endpoints has a pattern that begins with `accountPath`.
   */
  openTo: 'ANY' | 'UNRESTRICTED' | 'NAMED'
  /** Of an endpoint that changes the account of an upstream: what a pattern must begin with to name it, with `/v1`. */
  accountPath: string | null
  /** Of an endpoint that makes client secrets: the paths, below `WIRE_ROOT`, at which they are credentials. */
  secretOpens: readonly string[]
}

/** What the URL of a WebSocket opens. */
export type WebSocketEndpoint = EndpointRow & { served: 'WEBSOCKET' }

/** An endpoint of HTTP. */
export type Endpoint = EndpointRow & { served: Exclude<Served, 'WEBSOCKET'> }

/** The table; a path may have several rows, each for methods of its own. */
export const ENDPOINTS: readonly EndpointRow[] = [
  modelCall('chat/completions', { dialect: 'chat', injectsUsage: true, estimable: true, keeps: 'IF_ASKED' }),
  modelCall('completions', { dialect: 'chat', injectsUsage: true, estimable: true }),
  modelCall('decisions', {}),
  modelCall('responses', {
    dialect: 'responses',
    modelOptional: true,
    estimable: true,
    keeps: 'UNLESS_REFUSED',
  }),
  modelCall('responses/compact', { modelOptional: true, keeps: 'REASONING' }),
  // Counts what a call would be sent.
  modelCall('responses/input_tokens', { modelOptional: true, bills: null, keeps: 'REASONING' }),
  modelCall('embeddings', { bills: 'READING' }),
  modelCall('moderations', { bills: 'READING', modelOptional: true }),
  modelCall('images/generations', { bills: 'IMAGES', modelOptional: true }),
  modelCall('audio/speech', { bills: 'SPEECH', dialect: null }),

  form('audio/transcriptions', 'AUDIO'),
  form('audio/translations', 'AUDIO'),
  form('images/edits', 'IMAGES'),
  form('images/variations', 'IMAGES'),
  // A video is made after the response, and asked for by its id.
  { ...form('videos', 'VIDEO'), keeps: 'UNLESS_REFUSED' },

  // The WebSockets that openai 7.59 opens.
  { ...webSocket('realtime', 'QUERY'), modelOptional: true },
  // It reports no usage.
  { ...webSocket('realtime/translations', 'QUERY'), bills: null },
  // Each `response.create` is a model call of its own.
  { ...webSocket('responses', 'MESSAGES'), dialect: 'responses' },
  webSocket('live/sessions', 'MESSAGES'),
  webSocket('live/sessions/{id}/attach', 'MESSAGES'),
  webSocket('live/sessions/{id}/fork', 'MESSAGES'),

  { ...row('key', 'GET', 'KEY_INFO', 'NONE'), countsForLimits: false },
  { ...row('key/logs', 'GET', 'KEY_LOGS', 'NONE'), countsForLimits: false },
  { ...row('key/rotate', 'POST', 'KEY_ROTATION', 'NONE'), countsForLimits: false },
  // A model's id may hold a slash, raw or encoded.
  { ...row('models/**', 'GET', 'MODEL_LIST', 'PATH'), countsForLimits: false },
  { ...row('models', 'GET', 'MODEL_LIST', 'NONE'), countsForLimits: false },
  // Only a fine-tuned model can be deleted.
  account('models/**', 'DELETE', 'models/ft:'),

  // Stored completions and responses are listed under the path that creates them.
  stored('chat/completions', 'GET'),
  stored('chat/completions/{id}', 'GET POST DELETE'),
  stored('chat/completions/{id}/messages', 'GET'),
  stored('responses', 'GET'),
  stored('responses/{id}', 'GET DELETE'),
  stored('responses/{id}/cancel', 'POST'),
  stored('responses/{id}/input_items', 'GET'),
  stored('audio/transcriptions', 'GET DELETE'),
  stored('audio/translations', 'GET DELETE'),
  stored('images/edits', 'GET DELETE'),
  stored('images/variations', 'GET DELETE'),
  stored('audio/voice_consents', 'GET POST'),
  stored('audio/voice_consents/{id}', 'GET POST DELETE'),
  stored('audio/voices', 'GET POST'),
  stored('audio/voices/{id}', 'GET DELETE'),
  stored('content_provenance_checks', 'POST'),

  works('agents', 'GET POST'),
  works('agents/{id}', 'GET POST DELETE'),
  works('agents/automations', 'GET POST'),
  works('agents/automations/{id}', 'GET POST DELETE'),
  works('agents/automations/{id}/invocations', 'GET POST'),
  stored('agents/automations/{id}/invocations/{id}', 'GET'),
  stored('agents/automations/{id}/pause', 'POST'),
  works('agents/automations/{id}/resume', 'POST'),
  stored('agents/environments', 'GET POST'),
  stored('agents/environments/{id}', 'GET'),
  stored('agents/environments/{id}/files', 'GET POST'),
  stored('agents/environments/templates', 'GET POST'),
  stored('agents/environments/templates/{id}', 'GET POST DELETE'),
  works('agents/sessions', 'GET POST'),
  works('agents/sessions/{id}', 'GET POST DELETE'),
  stored('agents/sessions/{id}/artifacts', 'GET'),
  stored('agents/sessions/{id}/artifacts/{id}', 'GET DELETE'),
  stored('agents/sessions/{id}/artifacts/{id}/content', 'GET'),
  works('agents/sessions/{id}/events', 'GET POST'),
  stored('agents/sessions/{id}/items', 'GET'),
  stored('agents/sessions/{id}/subagents', 'GET'),
  stored('agents/sessions/{id}/subagents/{id}', 'GET'),
  stored('agents/sessions/{id}/subagents/{id}/items', 'GET'),
  stored('agents/sessions/{id}/subagents/{id}/turns', 'GET'),
  stored('agents/sessions/{id}/subagents/{id}/turns/{id}', 'GET'),
  stored('agents/sessions/{id}/subagents/{id}/turns/{id}/items', 'GET'),
  stored('agents/sessions/{id}/traces', 'GET'),
  stored('agents/sessions/{id}/turns', 'GET'),
  stored('agents/sessions/{id}/turns/{id}', 'GET'),
  stored('agents/sessions/{id}/turns/{id}/items', 'GET'),
  // An assistant names the model of its runs.
  works('assistants', 'GET POST'),
  works('assistants/{id}', 'GET POST DELETE'),
  works('batches', 'GET POST'),
  stored('batches/{id}', 'GET'),
  stored('batches/{id}/cancel', 'POST'),
  works('chatkit/sessions', 'POST'),
  stored('chatkit/sessions/{id}/cancel', 'POST'),
  stored('chatkit/threads', 'GET'),
  stored('chatkit/threads/{id}', 'GET DELETE'),
  stored('chatkit/threads/{id}/items', 'GET'),
  stored('evals', 'GET POST'),
  stored('evals/{id}', 'GET POST DELETE'),
  works('evals/{id}/runs', 'GET POST'),
  stored('evals/{id}/runs/{id}', 'GET DELETE'),
  stored('evals/{id}/runs/{id}/cancel', 'POST'),
  stored('evals/{id}/runs/{id}/output_items', 'GET'),
  stored('evals/{id}/runs/{id}/output_items/{id}', 'GET'),
  works('fine_tuning/alpha/graders/run', 'POST'),
  stored('fine_tuning/alpha/graders/validate', 'POST'),
  account('fine_tuning/checkpoints/{id}/permissions', 'GET POST', 'fine_tuning/checkpoints'),
  account('fine_tuning/checkpoints/{id}/permissions/{id}', 'DELETE', 'fine_tuning/checkpoints'),
  works('fine_tuning/jobs', 'GET POST'),
  stored('fine_tuning/jobs/{id}', 'GET'),
  stored('fine_tuning/jobs/{id}/cancel', 'POST'),
  stored('fine_tuning/jobs/{id}/checkpoints', 'GET'),
  stored('fine_tuning/jobs/{id}/events', 'GET'),
  stored('fine_tuning/jobs/{id}/pause', 'POST'),
  works('fine_tuning/jobs/{id}/resume', 'POST'),
  works('live/sessions', 'POST'),
  works('live/sessions/{id}/accept', 'POST'),
  stored('live/sessions/{id}/content', 'GET'),
  works('live/sessions/{id}/fork', 'POST'),
  stored('live/sessions/{id}/hangup', 'POST'),
  stored('live/sessions/{id}/refer', 'POST'),
  stored('live/sessions/{id}/reject', 'POST'),
  // A form with the offer and the session, or the offer alone.
  session('realtime/calls'),
  works('realtime/calls/{id}/accept', 'POST'),
  stored('realtime/calls/{id}/hangup', 'POST'),
  stored('realtime/calls/{id}/refer', 'POST'),
  stored('realtime/calls/{id}/reject', 'POST'),
  session('realtime/client_secrets', 'realtime', 'realtime/calls'),
  session('realtime/sessions', 'realtime', 'realtime/calls'),
  { ...session('realtime/transcription_sessions', 'realtime', 'realtime/calls'), modelOptional: true },
  session('realtime/translations/client_secrets', 'realtime/translations'),
  account('safety/alerts/{id}', 'GET', 'safety'),
  account('safety/cases/{id}', 'GET', 'safety'),
  stored('threads', 'GET POST'),
  stored('threads/{id}', 'GET POST DELETE'),
  stored('threads/{id}/messages', 'GET POST'),
  stored('threads/{id}/messages/{id}', 'GET POST DELETE'),
  works('threads/{id}/runs', 'GET POST'),
  stored('threads/{id}/runs/{id}', 'GET POST'),
  stored('threads/{id}/runs/{id}/cancel', 'POST'),
  stored('threads/{id}/runs/{id}/steps', 'GET'),
  stored('threads/{id}/runs/{id}/steps/{id}', 'GET'),
  works('threads/{id}/runs/{id}/submit_tool_outputs', 'POST'),
  works('threads/runs', 'POST'),
  stored('videos', 'GET'),
  stored('videos/{id}', 'GET DELETE'),
  stored('videos/{id}/content', 'GET'),
  works('videos/{id}/remix', 'POST'),
  works('videos/characters', 'POST'),
  stored('videos/characters/{id}', 'GET'),
  works('videos/edits', 'POST'),
  works('videos/extensions', 'POST'),
  account('webhook_endpoints/**', 'GET POST DELETE', 'webhook_endpoints'),
  account('webhook_event_types', 'GET', 'webhook_event_types'),

  // Storage: no model uses what is put there before another call says so. An index is made by the upstream's own choice.
  ...storage('containers', '{id}', '{id}/files', '{id}/files/{id}', '{id}/files/{id}/content'),
  ...storage('conversations', '{id}', '{id}/items', '{id}/items/{id}'),
  ...storage('files', '{id}', '{id}/content'),
  ...storage(
    'skills',
    '{id}',
    '{id}/content',
    '{id}/versions',
    '{id}/versions/{id}',
    '{id}/versions/{id}/content',
  ),
  ...storage('uploads', '{id}/cancel', '{id}/complete', '{id}/parts'),
  ...storage('vaults', '{id}', '{id}/credentials', '{id}/credentials/{id}'),
  ...storage(
    'vector_stores',
    '{id}',
    '{id}/file_batches',
    '{id}/file_batches/{id}',
    '{id}/file_batches/{id}/cancel',
    '{id}/file_batches/{id}/files',
    '{id}/files',
    '{id}/files/{id}',
    '{id}/files/{id}/content',
    '{id}/search',
  ),
]

/** A call of a model by text, which names it; what differs is in `columns`. */
function modelCall(path: string, columns: Partial<EndpointRow>): EndpointRow {
  return { ...row(path, 'POST', 'MODEL_CALL', 'BODY'), dialect: 'other', bills: 'TEXT', ...columns }
}

/** A form with a file, or JSON that refers to one. Some upstreams have a model of their own for one that names none. */
function form(path: string, bills: BilledUnit): EndpointRow {
  return { ...row(path, 'POST', 'FORM', 'FORM'), modelOptional: true, bills }
}

/** `bills` null: its usage cannot be metered, so that its cost is not known. */
function webSocket(path: string, modelIn: 'QUERY' | 'MESSAGES'): WebSocketEndpoint {
  return { ...row(path, 'GET', 'WEBSOCKET', modelIn), served: 'WEBSOCKET', bills: 'TEXT' }
}

/** An object that an upstream stores; no request of it reaches a model. */
function stored(path: string, methods: string): EndpointRow {
  return row(path, methods, 'PASS_THROUGH', 'NONE')
}

/** An object by which an upstream sets a model to work: a POST may be of any model. */
function works(path: string, methods: string): EndpointRow {
  return row(path, methods, 'PASS_THROUGH', 'UPSTREAM')
}

/** Makes a secret with which a client opens a session at these paths. */
function session(path: string, ...secretOpens: string[]): EndpointRow {
  return { ...row(path, 'POST', 'PASS_THROUGH', 'SESSION'), secretOpens }
}

/** What changes or describes the account that every key shares at an upstream. */
function account(path: string, methods: string, accountPath: string): EndpointRow {
  return { ...stored(path, methods), openTo: 'NAMED', accountPath: `${WIRE_ROOT}/${accountPath}` }
}

/** A folder, these paths below it, and whatever else an upstream has there. */
function storage(folder: string, ...below: string[]): EndpointRow[] {
  const known = [folder, ...below.map((path) => `${folder}/${path}`)]
  const rows = known.map((path) => stored(path, 'GET POST DELETE'))
  return [...rows, { ...stored(`${folder}/**`, 'GET POST DELETE'), openTo: 'UNRESTRICTED' }]
}

/** `methods`: with a space between them. */
function row(path: string, methods: string, served: Served, modelIn: EndpointRow['modelIn']): EndpointRow {
  return {
    path,
    methods: methods.split(' '),
    served,
    modelIn,
    modelOptional: false,
    dialect: null,
    injectsUsage: false,
    bills: null,
    estimable: false,
    keeps: 'NOTHING',
    countsForLimits: true,
    openTo: 'ANY',
    accountPath: null,
    secretOpens: [],
  }
}

/** The path of chat completions, with `/v1`: the example of a path wherever one is due. */
export const CHAT_COMPLETIONS_PATH = `${WIRE_ROOT}/chat/completions`
/** The path of realtime sessions, with `/v1`. */
export const REALTIME_PATH = `${WIRE_ROOT}/realtime`
/** The path of responses, with `/v1`. */
export const RESPONSES_PATH = `${WIRE_ROOT}/responses`
/** What the playground of the console calls by POST, with `/v1`: where its secrets are credentials. */
export const PLAYGROUND_PATHS: readonly string[] = [
  CHAT_COMPLETIONS_PATH,
  `${WIRE_ROOT}/images/generations`,
  `${WIRE_ROOT}/audio/speech`,
  `${WIRE_ROOT}/audio/transcriptions`,
]
/** OpenAI's admin API, which the control plane serves to admin tokens: rest/organization/. */
export const ORGANIZATION_ROOT = `${WIRE_ROOT}/organization`
/** Where the same has roles within projects, of which there are none here. */
export const PROJECTS_ROOT = `${WIRE_ROOT}/projects`
/** The path of the info of a key, with `/v1`; its logs and its rotation are below it. */
export const KEY_PATH = `${WIRE_ROOT}/key`
/** The path of the list of models, with `/v1`. */
export const MODELS_PATH = `${WIRE_ROOT}/models`
/** The console's page for whoever has a key and no account; of the same name as the endpoint of its info. */
export const KEY_PAGE = '/key'
