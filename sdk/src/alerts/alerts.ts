// Alerts: the rules that open them, the channels that they are sent to, and what was sent.
import type {
  AlertDeliveryFilter,
  AlertFilter,
  CreateAlertChannelInput,
  CreateAlertRuleInput,
  UpdateAlertChannelInput,
  UpdateAlertRuleInput,
} from '../generated/operations.ts'
import { found, present, throwUserErrors } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import { List, type PageArgs } from '../transport/page.ts'
import type { Send } from '../transport/transport.ts'
import type { Alert, AlertChannel, AlertChannelTest, AlertDelivery, AlertRule } from '../types.ts'

/** `secret`: of a WEBHOOK, shown this once; null: the channel has none that the server makes. */
export type AlertChannelWithSecret = { channel: AlertChannel; secret: string | null }

export type AlertCounts = { open: number; rules: number; channels: number; deliveries: number }

export class Alerts {
  readonly rules: AlertRules
  readonly channels: AlertChannels
  readonly deliveries: AlertDeliveries
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
    this.rules = new AlertRules(send)
    this.channels = new AlertChannels(send)
    this.deliveries = new AlertDeliveries(send)
  }

  /** Alerts, newest first. `{ filter: { open: true } }`: those that are open. */
  list(args: PageArgs & { filter?: AlertFilter } = {}, options?: CallOptions): List<Alert> {
    const { filter, ...page } = args
    return new List(async (of) => {
      const data = await this.#send((api, signal) => api.ListAlerts({ ...of, filter }, signal), options)
      return data.alerts
    }, page)
  }

  /** How many alerts are open, and how many rules, channels and deliveries there are. */
  async counts(options?: CallOptions): Promise<AlertCounts> {
    const data = await this.#send((api, signal) => api.CountAlerts({}, signal), options)
    return {
      open: data.alerts.totalCount,
      rules: data.alertRules.totalCount,
      channels: data.alertChannels.totalCount,
      deliveries: data.alertDeliveries.totalCount,
    }
  }
}

export class AlertRules {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Alert rules, newest first. */
  list(page: PageArgs = {}, options?: CallOptions): List<AlertRule> {
    return new List(async (of) => {
      return (await this.#send((api, signal) => api.ListAlertRules(of, signal), options)).alertRules
    }, page)
  }

  /** One rule. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<AlertRule> {
    const { alertRule } = await this.#send((api, signal) => api.GetAlertRule({ id }, signal), options)
    return found(alertRule, 'There is no such alert rule.')
  }

  /** Creates a rule; a threshold that is absent has the default of its kind. */
  async create(input: CreateAlertRuleInput, options?: CallOptions): Promise<AlertRule> {
    const data = await this.#send((api, signal) => api.CreateAlertRule({ input }, signal), options)
    throwUserErrors(data.createAlertRule)
    return present(data.createAlertRule.rule)
  }

  /** Changes the fields given and no others. */
  async update(
    id: string,
    changes: Omit<UpdateAlertRuleInput, 'id'>,
    options?: CallOptions,
  ): Promise<AlertRule> {
    const data = await this.#send(
      (api, signal) => api.UpdateAlertRule({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(data.updateAlertRule)
    return present(data.updateAlertRule.rule)
  }

  /** Sends nothing of the rule until an instant (RFC 3339); null: from now on again. */
  async mute(id: string, until: string | null, options?: CallOptions): Promise<AlertRule> {
    const data = await this.#send(
      (api, signal) => api.MuteAlertRule({ input: { id, until } }, signal),
      options,
    )
    throwUserErrors(data.muteAlertRule)
    return present(data.muteAlertRule.rule)
  }

  /** Deletes the rule and its alerts. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    const data = await this.#send((api, signal) => api.DeleteAlertRule({ input: { id } }, signal), options)
    throwUserErrors(data.deleteAlertRule)
  }
}

export class AlertChannels {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Alert channels, newest first. */
  list(page: PageArgs = {}, options?: CallOptions): List<AlertChannel> {
    return new List(async (of) => {
      return (await this.#send((api, signal) => api.ListAlertChannels(of, signal), options)).alertChannels
    }, page)
  }

  /** One channel. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<AlertChannel> {
    const { alertChannel } = await this.#send((api, signal) => api.GetAlertChannel({ id }, signal), options)
    return found(alertChannel, 'There is no such alert channel.')
  }

  /** Creates a channel. Keep the secret of a WEBHOOK: `verifyWebhook` needs it, and it is not shown again. */
  async create(input: CreateAlertChannelInput, options?: CallOptions): Promise<AlertChannelWithSecret> {
    const data = await this.#send((api, signal) => api.CreateAlertChannel({ input }, signal), options)
    throwUserErrors(data.createAlertChannel)
    return { channel: present(data.createAlertChannel.channel), secret: data.createAlertChannel.secret }
  }

  /** Changes the fields given and no others. */
  async update(
    id: string,
    changes: Omit<UpdateAlertChannelInput, 'id'>,
    options?: CallOptions,
  ): Promise<AlertChannel> {
    const data = await this.#send(
      (api, signal) => api.UpdateAlertChannel({ input: { ...changes, id } }, signal),
      options,
    )
    throwUserErrors(data.updateAlertChannel)
    return present(data.updateAlertChannel.channel)
  }

  /** Gives a WEBHOOK a new secret. For a day messages are signed with both. */
  async rotateSecret(id: string, options?: CallOptions): Promise<AlertChannelWithSecret> {
    const { rotateAlertChannelSecret: rotated } = await this.#send(
      (api, signal) => api.RotateAlertChannelSecret({ input: { id } }, signal),
      options,
    )
    throwUserErrors(rotated)
    return { channel: present(rotated.channel), secret: rotated.secret }
  }

  /** Sends a test message now. That it fails is a part of the result, not an error. */
  async test(id: string, options?: CallOptions): Promise<AlertChannelTest> {
    const data = await this.#send((api, signal) => api.TestAlertChannel({ input: { id } }, signal), options)
    throwUserErrors(data.testAlertChannel)
    return data.testAlertChannel
  }

  /** Deletes the channel with its deliveries. Rejects with a UserInputError (IN_USE) while a rule names it. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    const data = await this.#send((api, signal) => api.DeleteAlertChannel({ input: { id } }, signal), options)
    throwUserErrors(data.deleteAlertChannel)
  }
}

export class AlertDeliveries {
  readonly #send: Send

  constructor(send: Send) {
    this.#send = send
  }

  /** Deliveries, newest first, each with its attempts. */
  list(args: PageArgs & { filter?: AlertDeliveryFilter } = {}, options?: CallOptions): List<AlertDelivery> {
    const { filter, ...page } = args
    return new List(async (of) => {
      const data = await this.#send(
        (api, signal) => api.ListAlertDeliveries({ ...of, filter }, signal),
        options,
      )
      return data.alertDeliveries
    }, page)
  }

  /** One delivery. Rejects with a NotFoundError when there is none. */
  async get(id: string, options?: CallOptions): Promise<AlertDelivery> {
    const { node } = await this.#send((api, signal) => api.GetAlertDelivery({ id }, signal), options)
    return found(node?.__typename === 'AlertDelivery' ? node : null, 'There is no such delivery.')
  }

  /** Sends one that has ended once more, under the same webhook-id. */
  async replay(id: string, options?: CallOptions): Promise<AlertDelivery> {
    const data = await this.#send(
      (api, signal) => api.ReplayAlertDelivery({ input: { id } }, signal),
      options,
    )
    throwUserErrors(data.replayAlertDelivery)
    return present(data.replayAlertDelivery.delivery)
  }
}
