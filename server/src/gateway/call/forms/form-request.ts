// A form as it goes to its candidate routes: each gets the model's name there, and every other byte as the client sent it.
import type { Readable } from 'node:stream'
import type { Endpoint, StreamDialect } from '../../../domain/endpoints/endpoints.ts'
import type { SpooledBody } from '../../../http/spool/spooled-body.ts'
import { addedBytes, fieldEdits } from '../../../http/wire/multipart/edit-form.ts'
import type { FormScan } from '../../../http/wire/multipart/form-scan.ts'
import type { OutboundCall, OutboundRequest } from '../../attempt/outbound-call.ts'
import type { ObjectBinder } from '../../objects/object-binder.ts'
import type { BillableUnits } from '../../pricing/billable-units.ts'
import type { CandidateRoutes, Route } from '../../routing/route-table.ts'

/** A form that has been read whole, and can be sent any number of times until its body is released. */
export class FormRequest implements OutboundCall {
  readonly route: Route
  readonly others: readonly Route[]
  readonly body: Buffer | Readable
  readonly bodyBytes: number
  readonly metered = true
  readonly repeatable = true
  readonly units: BillableUnits | null
  readonly responses: StreamDialect | null
  readonly hideUsage = false
  readonly estimable: boolean
  readonly binder: ObjectBinder | null
  readonly #body: SpooledBody
  readonly #scan: FormScan

  constructor(
    body: SpooledBody,
    scan: FormScan,
    { first, others }: CandidateRoutes,
    units: BillableUnits | null,
    { dialect, estimable }: Endpoint,
    binder: ObjectBinder | null,
  ) {
    this.#body = body
    this.#scan = scan
    this.route = first
    this.others = others
    this.units = units
    this.responses = dialect
    this.estimable = estimable
    this.binder = binder
    const request = this.#request(first)
    this.body = request.body
    this.bodyBytes = request.bodyBytes
  }

  requestFor(route: Route): OutboundRequest {
    return this.#request(route)
  }

  bodyWithoutUsageRequest(): null {
    return null
  }

  ownFault(): null {
    return null
  }

  #request(route: Route): OutboundRequest & { body: Buffer | Readable; bodyBytes: number } {
    const field = this.#scan.fields.get('model')
    const edits = field === undefined ? [] : fieldEdits('model', field, route.model ?? field.value)
    return { route, body: this.#body.read(edits), bodyBytes: this.#body.length + addedBytes(edits) }
  }
}
