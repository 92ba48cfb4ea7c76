// The columns of a request log, said once. From this table come the record's type, the journal's lines and their checks, what both
// databases write and read, the filter of a search, the fields of the API, and the record that tests start from. Where a loop
// over names would be too slow, `node server/generate-columns.ts` writes the code member by member, into folders `generated/`.
//
// A new column: a row here, a line in prisma/models.prisma, `node prisma/migration-new.ts <name>`, `pnpm generate`; then where
// its value comes from (a count of tokens: gateway/metering/read-usage.ts), and where it is shown (sdk/operations/, console/).
import { FORMER_SECRETS } from '../keys/key-rotation.ts'

/** How a call ended. The original product's `status` is `success` for the first and `error` for the others. */
export const OUTCOMES = ['SUCCESS', 'ERROR', 'DENIED', 'CANCELLED', 'INTERRUPTED'] as const

/** Where the token counts come from. NONE: the counts are null, which is not 0. */
export const USAGE_SOURCES = ['PROVIDER', 'ESTIMATED', 'NONE'] as const

/** What the route of a call was chosen by. OBJECT: what the call names is there. SESSION: the conversation that it belongs to. */
export const AFFINITIES = ['OBJECT', 'SESSION'] as const

// PostgreSQL takes at most 2,704 bytes into an index, and a character is up to three.
const INDEXED_CHARS = 512
const ROW_CHARS = 4_000

/** Which values of a column a filter matches: one of a list, a range with both ends included, or one value. */
export type ColumnFilter =
  | {
      by: 'LIST'
      /** The part's name in `RequestLogFilter`. */
      part: string
      /** An index holds this column and then the id, so that a page of one value is one seek. */
      indexed?: true
      /** The longest text that may be searched for; as long as what is stored. */
      maxChars?: number
    }
  | { by: 'RANGE' | 'VALUE'; part: string }
  /** Text of pairs, `a=b,c=d`, which must have each of those that are wanted. */
  | { by: 'PAIRS'; part: string }

export type Column = {
  /** TEXT is truncated to `maxChars` when it is stored; INT is 0 to 2^31-1, BIGINT 0 to 2^53-1. */
  type: 'ID' | 'TEXT' | 'ENUM' | 'BOOLEAN' | 'INT' | 'BIGINT'
  nullable?: true
  /**
   * ADMITTED: does not change once the call was admitted; both of its journal lines begin with it. OPEN: may be in the opening
   * line, as far as it is known then. CLOSED: is in the closing line alone. LATER: is in no line; the database has it once
   * something is done with the log.
   */
  known: 'ADMITTED' | 'OPEN' | 'CLOSED' | 'LATER'
  /** What a record has until more is known; absent: null, or given when the record is made. */
  initial?: string | number | boolean
  /** Of an ENUM: its closed set. */
  members?: readonly string[]
  /** Of a TEXT: characters that are stored. */
  maxChars?: number
  /** True: one of the token counts that make up a `Usage`. */
  usage?: true
  filter?: ColumnFilter
  /** True: a search for text looks into it. */
  searched?: true
  /** What the API says of the field. Absent: the API has it in another form (graphql/types/logs/request-log.ts). */
  description?: string
}

/** In the order in which journal lines have them: first all that are ADMITTED, then OPEN, then CLOSED; LATER ones last. */
export const COLUMNS = {
  /** `req_` + 32 hex digits; holds the time at which the call was accepted. */
  id: { type: 'ID', known: 'ADMITTED' },
  /** Null where no known key was sent. */
  apiKeyId: {
    type: 'INT',
    nullable: true,
    known: 'ADMITTED',
    filter: { by: 'LIST', part: 'apiKeyIds', indexed: true },
  },
  method: { type: 'TEXT', known: 'ADMITTED', maxChars: ROW_CHARS, description: 'The HTTP method.' },
  /** Path without query; the gateway keeps at most 512 characters. */
  endpoint: {
    type: 'TEXT',
    known: 'ADMITTED',
    maxChars: INDEXED_CHARS,
    filter: { by: 'LIST', part: 'endpoints', maxChars: 512 },
    description: 'The path of the request, without its query.',
  },
  clientIp: {
    type: 'TEXT',
    nullable: true,
    known: 'ADMITTED',
    maxChars: ROW_CHARS,
    filter: { by: 'LIST', part: 'clientIps', maxChars: 64 },
    description: 'Where the call came from.',
  },
  userAgent: {
    type: 'TEXT',
    nullable: true,
    known: 'ADMITTED',
    maxChars: ROW_CHARS,
    description: "The client's User-Agent.",
  },
  /** Which of the key's secrets was sent, where it was not its current one. */
  usedSecret: {
    type: 'ENUM',
    nullable: true,
    known: 'ADMITTED',
    members: FORMER_SECRETS,
    filter: { by: 'LIST', part: 'usedSecrets' },
    description: "Which of the key's former secrets was sent; null: its current one, or no known key.",
  },
  /** At the time of the call; null: the key belonged to nobody. */
  ownerId: { type: 'INT', nullable: true, known: 'ADMITTED', filter: { by: 'LIST', part: 'ownerIds' } },
  /** Of the key at the time of the call, as labels/label.ts has them; null: none. */
  labels: {
    type: 'TEXT',
    nullable: true,
    known: 'ADMITTED',
    maxChars: ROW_CHARS,
    filter: { by: 'PAIRS', part: 'labels' },
  },
  /** What the client has tagged the call with, as logs/tags.ts has them; null: nothing. */
  tags: {
    type: 'TEXT',
    nullable: true,
    known: 'OPEN',
    maxChars: ROW_CHARS,
    filter: { by: 'PAIRS', part: 'tags' },
  },
  /** Null: by priority, weight and chance alone. */
  affinity: { type: 'ENUM', nullable: true, known: 'OPEN', members: AFFINITIES },
  /** Status of the response to the client; null where the client disconnected before there was one. */
  httpStatus: {
    type: 'INT',
    nullable: true,
    known: 'OPEN',
    filter: { by: 'RANGE', part: 'httpStatus' },
    description: "The status of the client's response; null when the client disconnected before it.",
  },
  errorCode: {
    type: 'TEXT',
    nullable: true,
    known: 'OPEN',
    maxChars: ROW_CHARS,
    filter: { by: 'LIST', part: 'errorCodes', maxChars: 128 },
    searched: true,
    description:
      "The gateway's own name for the error, or the upstream's where that was passed on; null when there was none. clientErrorCode is what the client was sent.",
  },
  /** `error.code` on the wire: several errors of the gateway have one code there, since clients know OpenAI's codes. */
  clientErrorCode: {
    type: 'TEXT',
    nullable: true,
    known: 'OPEN',
    maxChars: ROW_CHARS,
    filter: { by: 'LIST', part: 'clientErrorCodes', maxChars: 128 },
    searched: true,
    description:
      'The error.code that the client was sent; null where the error had none, or the client was sent no error.',
  },
  errorMessage: {
    type: 'TEXT',
    nullable: true,
    known: 'OPEN',
    maxChars: ROW_CHARS,
    searched: true,
    description: 'What went wrong; null when nothing did.',
  },
  upstream: {
    type: 'TEXT',
    nullable: true,
    known: 'OPEN',
    maxChars: INDEXED_CHARS,
    filter: { by: 'LIST', part: 'upstreams', maxChars: 256 },
    description: 'The upstream of the response; null when none was called.',
  },
  upstreamRequestId: {
    type: 'TEXT',
    nullable: true,
    known: 'OPEN',
    maxChars: ROW_CHARS,
    searched: true,
    description: "The upstream's own id of the call, for its support.",
  },
  requestedModel: {
    type: 'TEXT',
    nullable: true,
    known: 'OPEN',
    maxChars: INDEXED_CHARS,
    filter: { by: 'LIST', part: 'models', indexed: true, maxChars: 256 },
    description: 'The requested model.',
  },
  resolvedModel: {
    type: 'TEXT',
    nullable: true,
    known: 'OPEN',
    maxChars: ROW_CHARS,
    description: "The upstream's name of the model.",
  },
  streamed: {
    type: 'BOOLEAN',
    known: 'OPEN',
    initial: false,
    filter: { by: 'VALUE', part: 'streamed' },
    description: 'True when the response was a stream of events.',
  },
  finishReason: {
    type: 'TEXT',
    nullable: true,
    known: 'OPEN',
    maxChars: ROW_CHARS,
    description: 'Why the model stopped.',
  },
  /** As the response names it: it decides about the price, whatever was requested. */
  serviceTier: {
    type: 'TEXT',
    nullable: true,
    known: 'OPEN',
    maxChars: 64,
    filter: { by: 'LIST', part: 'serviceTiers', maxChars: 64 },
    description: 'The service tier that the response names, as `priority`; null: none.',
  },
  usageSource: {
    type: 'ENUM',
    known: 'OPEN',
    initial: 'NONE',
    members: USAGE_SOURCES,
    description: 'Where the token counts come from.',
  },
  inputTokens: {
    type: 'INT',
    nullable: true,
    known: 'OPEN',
    usage: true,
    description: 'Tokens sent; null: unknown.',
  },
  outputTokens: {
    type: 'INT',
    nullable: true,
    known: 'OPEN',
    usage: true,
    description: 'Tokens the model wrote; null: unknown.',
  },
  cachedInputTokens: {
    type: 'INT',
    nullable: true,
    known: 'OPEN',
    usage: true,
    description: 'The part of inputTokens that came from an upstream cache; null: unknown.',
  },
  cacheWriteInputTokens: {
    type: 'INT',
    nullable: true,
    known: 'OPEN',
    usage: true,
    description: 'The part of inputTokens that was written to an upstream cache; null: unknown.',
  },
  reasoningTokens: {
    type: 'INT',
    nullable: true,
    known: 'OPEN',
    usage: true,
    description: 'The part of outputTokens that was reasoning; null: unknown.',
  },
  timeToFirstTokenMs: {
    type: 'INT',
    nullable: true,
    known: 'OPEN',
    description: 'From accepting the call to the first byte of content.',
  },
  /** Body bytes, as they crossed the client's connection; so are the response's. */
  requestBytes: { type: 'BIGINT', known: 'OPEN', initial: 0, description: "Bytes of the call's body." },
  responseBytes: { type: 'BIGINT', known: 'OPEN', initial: 0, description: "Bytes of the response's body." },
  outcome: {
    type: 'ENUM',
    known: 'CLOSED',
    // Until the end of the call is known.
    initial: 'ERROR',
    members: OUTCOMES,
    filter: { by: 'LIST', part: 'outcomes', indexed: true },
    description: 'How the call ended.',
  },
  /** Whole milliseconds from accepting the call to its last byte. */
  durationMs: {
    type: 'INT',
    known: 'CLOSED',
    initial: 0,
    filter: { by: 'RANGE', part: 'durationMs' },
    description: 'From accepting the call to its last byte.',
  },
  /** How a WebSocket session was closed on the client's side (RFC 6455 §7.4); null for every other call. */
  closeCode: {
    type: 'INT',
    nullable: true,
    known: 'CLOSED',
    description: 'How a WebSocket session was closed (RFC 6455 §7.4); null for every other call.',
  },
  /** Error codes, separated by spaces, of the rules in shadow mode that would have denied the call; null: none. */
  shadowDenials: { type: 'TEXT', nullable: true, known: 'CLOSED', maxChars: ROW_CHARS },
  /** Whole nano-dollars, exact below 2^53; null where it is not known, which is not 0. */
  costNanoUsd: {
    type: 'BIGINT',
    nullable: true,
    known: 'CLOSED',
    filter: { by: 'RANGE', part: 'costNanoUsd' },
  },
  /** What the cost was computed from, JSON as pricing/stored-receipt.ts has it; null: the call was not metered. */
  receipt: { type: 'TEXT', nullable: true, known: 'CLOSED', maxChars: ROW_CHARS },
  /** Whole nano-dollars; null: no input token was cached, or the price of other input is not known. */
  cacheSavedNanoUsd: { type: 'BIGINT', nullable: true, known: 'CLOSED' },
  /** What budgets count of a call whose use is known and whose cost is not: what it reserved, whole nano-dollars. Null: nothing. */
  reservedNanoUsd: { type: 'BIGINT', nullable: true, known: 'CLOSED' },
  /** Every attempt of the call, JSON as logs/attempt.ts has it; null: one attempt, which did not fail. */
  attempts: { type: 'TEXT', nullable: true, known: 'CLOSED', maxChars: ROW_CHARS },
  /** Null: one. Bytes are then those of all the calls, and the duration is their mean. */
  calls: {
    type: 'INT',
    nullable: true,
    known: 'CLOSED',
    description:
      'How many calls this log stands for: denied ones of one network and minute without a known key are counted together where they are many. Null: one.',
  },
  /** What costNanoUsd was before its first recalculation; says something only beside a recalculatedReceipt. */
  originalCostNanoUsd: { type: 'BIGINT', nullable: true, known: 'LATER' },
  /** What costNanoUsd was computed from when it was recalculated, as `receipt`, which stays; null: it never was. */
  recalculatedReceipt: { type: 'TEXT', nullable: true, known: 'LATER', maxChars: ROW_CHARS },
} as const satisfies Record<string, Column>

export type Columns = typeof COLUMNS
export type ColumnName = keyof Columns

/** Every column's name, in the table's order. */
export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[]

/** The row of a column, as one of many. */
export function columnOf(name: ColumnName): Column {
  return COLUMNS[name]
}
