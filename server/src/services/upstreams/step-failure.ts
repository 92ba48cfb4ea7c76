// Why a step of an upstream's test failed, for an admin.
import { connectionFailureOf } from '../../domain/upstreams/connection-fault.ts'
import type {
  UpstreamTestCode,
  UpstreamTestDetail,
  UpstreamTestFinding,
} from '../../domain/upstreams/upstream-test-code.ts'

/** A failure whose message says what to do. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure'
  readonly code: UpstreamTestCode
  readonly detail: UpstreamTestDetail

  constructor(code: UpstreamTestCode, message: string, detail: UpstreamTestDetail = {}) {
    super(message)
    this.code = code
    this.detail = detail
  }
}

/** Why something failed, as far as an admin can do something about it; never holds what was sent. */
export function findingOf(error: unknown): UpstreamTestFinding {
  if (error instanceof StepFailure) {
    const { code, message, detail } = error
    return { code, message, detail }
  }
  const { code, message, address, systemError } = connectionFailureOf(error)
  const detail = { ...(address !== null && { host: address }), ...(systemError !== null && { systemError }) }
  return { code, message, detail }
}
