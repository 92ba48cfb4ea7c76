// What the client asked for, what Latchkey sent, and what the upstream returned: a main line each, and lines of detail.
import type { RequestLog } from '@latchkey/sdk'
import { formatBytes } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { failureText } from './failure-text.ts'
import { stepsOf } from './route-steps.ts'

export type ExchangeBox = { title: string; main: string; lines: readonly string[] }

/** Of a call that names no model, as one of files, the main lines are its endpoint and its upstream. No line is there twice, and none empty. */
export function exchangeBoxes(log: RequestLog): ExchangeBox[] {
  const steps = stepsOf(log)
  const last = steps.at(-1)
  const boxes: ExchangeBox[] = [
    {
      title: m.logs_client_asked(),
      ...mainFirst(log.requestedModel, `${log.method} ${log.endpoint}`, [
        formatBytes(log.requestBytes),
        log.streamed ? m.streamed() : '',
      ]),
    },
  ]
  if (last === undefined) {
    const main = log.httpStatus === null ? m.no_response() : `HTTP ${log.httpStatus}`
    boxes.push(
      { title: m.logs_gateway_sent(), main: m.logs_not_sent(), lines: [] },
      { title: m.logs_client_got(), main, lines: [formatBytes(log.responseBytes)] },
    )
  } else {
    const attempts = steps.length > 1 ? m.logs_attempts({ count: steps.length }) : ''
    boxes.push(
      {
        title: m.logs_gateway_sent(),
        ...mainFirst(last.upstreamModel ?? log.resolvedModel, last.upstream, [attempts]),
      },
      {
        title: m.logs_upstream_returned(),
        main: last.httpStatus === null ? m.no_response() : `HTTP ${last.httpStatus}`,
        // The bytes are those that the client was sent: after a failure, an error of the gateway.
        lines: last.failure
          ? [failureText(last.failure, last.reason)]
          : [log.finishReason ?? '', formatBytes(log.responseBytes)],
      },
    )
  }
  return boxes.map((box) => ({ ...box, lines: box.lines.filter((line) => line !== '') }))
}

/** What stands below a model takes its place where there is none. */
function mainFirst(model: string | null, next: string, lines: readonly string[]) {
  return model === null ? { main: next, lines } : { main: model, lines: [next, ...lines] }
}
