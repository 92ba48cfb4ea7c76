// Tries an upstream step by step, and says in plain words how far it came.
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { CHAT_COMPLETIONS_PATH, MODELS_PATH } from '../../domain/endpoints/endpoints.ts'
import { upstreamPath } from '../../domain/endpoints/find-endpoint.ts'
import { ECHO_BASE_URL, type Upstream } from '../../domain/upstreams/upstream.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type OpenedUpstream, openUpstream } from './open-upstream.ts'
import { checkHost, connect, resolve, routeMatchOf, secureOver } from './probe-connection.ts'
import { requestUpstream, type UpstreamReply } from './request-upstream.ts'
import { reasonOf, StepFailure } from './step-failure.ts'

export const UPSTREAM_TEST_STEPS = ['DNS', 'CONNECT', 'TLS', 'AUTH', 'MODELS', 'CALL'] as const
export type UpstreamTestStep = {
  step: (typeof UPSTREAM_TEST_STEPS)[number]
  ok: boolean
  durationMs: number
  message: string
}

/** `steps` ends with the first failure that makes the rest impossible. `ok`: an upstream call has succeeded. */
export type UpstreamTest = { ok: boolean; steps: UpstreamTestStep[]; models: string[] }

export type TestUpstreamInput = {
  id: string
  /** The number of one of its credentials; null: the first that is enabled. */
  credential: number | null
  /** Null: one that a route names, or else the first that it lists. */
  model: string | null
}

// With those of probe-connection.ts below the 30 seconds that clients wait for our response.
const LIMITS_MS = { models: 8_000, call: 10_000 }
const LISTED_MAX = 10_000
const QUOTED_MAX = 300

/** Tests an upstream from this server, and writes an audit event. Nothing of it is changed, nor are its calls. */
export async function testUpstream(
  plane: ControlPlane,
  actor: Actor,
  input: TestUpstreamInput,
): Promise<Result<UpstreamTest>> {
  const { model } = input
  if (model !== null && (model.length > 256 || !model.isWellFormed())) {
    return failed('TOO_LONG', 'model', 'model has at most 256 characters.', { maxLength: 256 })
  }
  const opened = await openUpstream(plane, input.id, input.credential)
  if (!opened.ok) return opened
  const result = await runTest(plane, opened.value, model)
  const target = { type: 'Upstream', id: input.id, label: opened.value.upstream.name } as const
  const outcome = { ok: result.ok && result.value.ok, model, credential: input.credential }
  await plane.store.prisma.auditEvent.create({
    data: auditEvent(actor, 'upstream.test', target, plane.clock(), changesBetween(null, outcome)),
  })
  return result
}

async function runTest(
  plane: ControlPlane,
  { upstream, kind, routedModel }: OpenedUpstream,
  model: string | null,
): Promise<Result<UpstreamTest>> {
  const steps: UpstreamTestStep[] = []
  if (upstream.baseUrl === ECHO_BASE_URL) {
    steps.push({ step: 'CALL', ok: true, durationMs: 0, message: 'The built-in echo needs no network.' })
    return ok({ ok: true, steps, models: upstream.models })
  }

  /** Runs a step; returns what it found, or null where it failed. */
  async function take<T>(
    step: UpstreamTestStep['step'],
    work: () => Promise<{ found: T; message: string }>,
  ): Promise<T | null> {
    const startedMs = performance.now()
    const done = (isOk: boolean, message: string) =>
      steps.push({ step, ok: isOk, durationMs: Math.round(performance.now() - startedMs), message })
    try {
      const { found, message } = await work()
      done(true, message)
      return found
    } catch (error) {
      done(false, withoutSecrets(reasonOf(error), upstream))
      return null
    }
  }

  const stopped = () => ok({ ok: false, steps, models: [] as string[] })
  const policy = plane.addressPolicy
  const target = routeMatchOf(upstream)
  if ((await take('DNS', () => resolve(target, policy))) === null) return stopped()
  const socket = await take('CONNECT', () => connect(target, policy))
  if (socket === null) return stopped()
  const secure = await take('TLS', () => secureOver(socket, target))
  socket.destroy()
  if (secure === null) return stopped()
  const auth = await take('AUTH', async () => {
    const response = await requestUpstream(upstream, policy, {
      method: 'GET',
      path: upstreamPath(MODELS_PATH),
      timeoutMs: LIMITS_MS.models,
    })
    if (isRefusal(response.status)) throw new StepFailure(refusal(response, upstream))
    const taken =
      upstream.credential === null ? 'It accepts calls without a credential.' : 'It accepted the credential.'
    return { found: response, message: response.status === 200 ? taken : 'It did not refuse the credential.' }
  })
  if (auth === null) return stopped()
  const models =
    (await take('MODELS', async () => {
      const found = modelsIn(auth)
      return { found, message: `It lists ${found.length} model${found.length === 1 ? '' : 's'}.` }
    })) ?? []
  const tried = model ?? routedModel ?? models[0]
  if (tried === undefined) return ok({ ok: false, steps, models })
  const called = await take('CALL', async () => {
    const cap =
      kind === 'OPENAI' || kind === 'AZURE_OPENAI' ? { max_completion_tokens: 16 } : { max_tokens: 1 }
    const response = await requestUpstream(upstream, policy, {
      method: 'POST',
      path: upstreamPath(CHAT_COMPLETIONS_PATH),
      body: { model: tried, messages: [{ role: 'user', content: 'Say OK.' }], ...cap },
      timeoutMs: LIMITS_MS.call,
    })
    if (isRefusal(response.status)) throw new StepFailure(refusal(response, upstream))
    if (response.status !== 200) throw new StepFailure(`${quoted(tried)}: ${describeResponse(response)}`)
    return { found: true, message: `${quoted(tried)} responded.` }
  })
  return ok({ ok: called === true, steps, models })
}

/** The names that an upstream lists now; `problem` says why there are none. */
export async function listUpstreamModels(
  plane: ControlPlane,
  id: string,
): Promise<{ models: string[]; problem: string | null } | null> {
  const opened = await openUpstream(plane, id, null)
  if (!opened.ok) {
    const [error] = opened.errors
    return error?.code === 'NOT_FOUND' && error.field === 'id'
      ? null
      : { models: [], problem: error?.message ?? null }
  }
  const { upstream } = opened.value
  if (upstream.baseUrl === ECHO_BASE_URL) return { models: upstream.models, problem: null }
  try {
    const target = routeMatchOf(upstream)
    checkHost(target, plane.addressPolicy)
    const question = { method: 'GET', path: upstreamPath(MODELS_PATH), timeoutMs: LIMITS_MS.models } as const
    const response = await requestUpstream(upstream, plane.addressPolicy, question)
    if (isRefusal(response.status)) throw new StepFailure(refusal(response, upstream))
    return { models: modelsIn(response), problem: null }
  } catch (error) {
    return { models: [], problem: withoutSecrets(reasonOf(error), upstream) }
  }
}

function isRefusal(status: number): boolean {
  return status === 401 || status === 403
}

function refusal({ status }: UpstreamReply, { credential }: Upstream): string {
  return credential === null
    ? `It wants a credential (${status}). Add one.`
    : `It refused the credential (${status}). Send the right secret, and check that the credential may do this.`
}

function modelsIn(response: UpstreamReply): string[] {
  if (response.status === 404) {
    throw new StepFailure(
      'It has no /models (404). Check that the base URL ends with the version, such as /v1; some upstreams have no list.',
    )
  }
  if (response.status !== 200) throw new StepFailure(`/models: ${describeResponse(response)}`)
  const { json } = response
  const data = typeof json === 'object' && json !== null && 'data' in json ? json.data : null
  if (!Array.isArray(data)) throw new StepFailure('/models did not respond with a list of models.')
  return data
    .flatMap((entry: unknown) =>
      typeof entry === 'object' && entry !== null && 'id' in entry && typeof entry.id === 'string'
        ? [entry.id]
        : [],
    )
    .filter((name) => name !== '' && name.length <= 256)
    .slice(0, LISTED_MAX)
}

/** The message for a response without success. */
function describeResponse({ status, json }: UpstreamReply): string {
  if (status >= 300 && status < 400)
    return `it responded with a redirect (${status}), which is not followed. Check the base URL.`
  const error = typeof json === 'object' && json !== null && 'error' in json ? json.error : null
  const message =
    typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
      ? `: ${error.message
          .toWellFormed()
          .replace(/\p{Cc}/gu, ' ')
          .slice(0, QUOTED_MAX)}`
      : '.'
  return `it responded with status ${status}${message}`
}

function withoutSecrets(text: string, { credential, settings }: Upstream): string {
  const secrets = [credential ?? '', ...Object.values(settings?.headers ?? {})].filter(
    (secret) => secret.length >= 4,
  )
  return secrets.reduce((remaining, secret) => remaining.replaceAll(secret, '[secret]'), text)
}

function quoted(name: string): string {
  return JSON.stringify(name)
}
