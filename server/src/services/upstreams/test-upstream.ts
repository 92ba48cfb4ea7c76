// Tries an upstream step by step, and says in plain words how far it came.
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { CHAT_COMPLETIONS_PATH, MODELS_PATH } from '../../domain/endpoints/endpoints.ts'
import { upstreamPath } from '../../domain/endpoints/find-endpoint.ts'
import { isEcho, type Upstream } from '../../domain/upstreams/upstream.ts'
import {
  UPSTREAM_TEST_CODES,
  type UpstreamTestDetail,
  type UpstreamTestFinding,
} from '../../domain/upstreams/upstream-test-code.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { acceptance, checkRefusal, errorResponse, modelsIn } from './judge-response.ts'
import { type OpenedUpstream, openUpstream } from './open-upstream.ts'
import { checkHost, connect, type Found, resolve, routeMatchOf, secureOver } from './probe-connection.ts'
import { requestUpstream } from './request-upstream.ts'
import { findingOf } from './step-failure.ts'

export const UPSTREAM_TEST_STEPS = ['DNS', 'CONNECT', 'TLS', 'AUTH', 'MODELS', 'CALL'] as const
export type UpstreamTestStep = {
  step: (typeof UPSTREAM_TEST_STEPS)[number]
  ok: boolean
  durationMs: number
} & UpstreamTestFinding

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
  if (isEcho(upstream)) {
    steps.push({
      step: 'CALL',
      ok: true,
      durationMs: 0,
      code: 'ECHO',
      detail: {},
      message: UPSTREAM_TEST_CODES.ECHO,
    })
    return ok({ ok: true, steps, models: upstream.models })
  }

  /** Runs a step; returns what it found, or null where it failed. */
  async function take<T>(step: UpstreamTestStep['step'], work: () => Promise<Found<T>>): Promise<T | null> {
    const startedMs = performance.now()
    const done = (isOk: boolean, { code, detail, message }: UpstreamTestFinding) => {
      const durationMs = Math.round(performance.now() - startedMs)
      steps.push({ step, ok: isOk, durationMs, code, detail, message })
    }
    try {
      const { found, ...finding } = await work()
      done(true, finding)
      return found
    } catch (error) {
      done(false, withoutSecrets(findingOf(error), upstream))
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
    checkRefusal(response, upstream)
    return { found: response, ...acceptance(response, upstream) }
  })
  if (auth === null) return stopped()
  const models =
    (await take('MODELS', async () => {
      const found = modelsIn(auth)
      const message = `It lists ${found.length} model${found.length === 1 ? '' : 's'}.`
      return { found, code: 'MODELS_LISTED', detail: { models: found.length }, message }
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
    checkRefusal(response, upstream)
    if (response.status !== 200) throw errorResponse(JSON.stringify(tried), response, tried)
    const message = `${JSON.stringify(tried)} responded.`
    return { found: true, code: 'MODEL_RESPONDED', detail: { model: tried }, message }
  })
  return ok({ ok: called === true, steps, models })
}

/** `problem` says why there are no models. */
export type UpstreamModels = { models: string[]; problem: UpstreamTestFinding | null }

/** The names that an upstream lists now; null where there is no such upstream. */
export async function listUpstreamModels(plane: ControlPlane, id: string): Promise<UpstreamModels | null> {
  const opened = await openUpstream(plane, id, null)
  if (!opened.ok) {
    const [error] = opened.errors
    if (error === undefined || (error.code === 'NOT_FOUND' && error.field === 'id')) return null
    // What else keeps it closed without a credential that was named.
    const code = error.code === 'REQUIRED' ? 'CREDENTIALS_DISABLED' : 'SECRET_UNREADABLE'
    return { models: [], problem: { code, detail: {}, message: error.message } }
  }
  const { upstream } = opened.value
  if (isEcho(upstream)) return { models: upstream.models, problem: null }
  try {
    const target = routeMatchOf(upstream)
    checkHost(target, plane.addressPolicy)
    const question = { method: 'GET', path: upstreamPath(MODELS_PATH), timeoutMs: LIMITS_MS.models } as const
    const response = await requestUpstream(upstream, plane.addressPolicy, question)
    checkRefusal(response, upstream)
    return { models: modelsIn(response), problem: null }
  } catch (error) {
    return { models: [], problem: withoutSecrets(findingOf(error), upstream) }
  }
}

/** The text of an upstream may repeat what it was sent. */
function withoutSecrets(
  { code, detail, message }: UpstreamTestFinding,
  { credential, settings }: Upstream,
): UpstreamTestFinding {
  const secrets = [credential ?? '', ...Object.values(settings?.headers ?? {})].filter(
    (secret) => secret.length >= 4,
  )
  const clean = (text: string) =>
    secrets.reduce((remaining, secret) => remaining.replaceAll(secret, '[secret]'), text)
  const cleaned: UpstreamTestDetail =
    detail.upstreamMessage === undefined
      ? detail
      : { ...detail, upstreamMessage: clean(detail.upstreamMessage) }
  return { code, detail: cleaned, message: clean(message) }
}
