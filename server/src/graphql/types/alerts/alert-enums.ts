// The closed sets of alerts.
import { ALERT_EVENTS, type AlertEvent } from '../../../domain/alerts/alert-message.ts'
import { CHANNEL_KINDS, type ChannelKind } from '../../../domain/alerts/channels/alert-channel.ts'
import { SMTP_SECURITIES, type SmtpSecurity } from '../../../domain/alerts/channels/email-settings.ts'
import { DELIVERY_STATUSES, type DeliveryStatus } from '../../../domain/alerts/delivery-attempt.ts'
import {
  ALERT_KINDS,
  ALERT_SEVERITIES,
  type AlertKind,
  type AlertSeverity,
} from '../../../domain/alerts/rules/alert-kinds.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'

const KINDS: Record<AlertKind, string> = {
  BUDGET_SPENT: '`percent` of a budget of a key, an owner or a label is spent.',
  SPEND_PACE:
    'A key, an owner or a label that spends on as it has in the window of a budget will have spent `percent` of it at the end of the window.',
  ERROR_RATE:
    '`percent` of at least `minCalls` calls of the last `windowMinutes` that were not denied have failed (outcome ERROR).',
  DENIAL_RATE: '`percent` of at least `minCalls` calls of the last `windowMinutes` were denied.',
  UPSTREAM_DOWN:
    'The circuit breaker of an upstream is open, or a credential of it is cooling down, for `afterSeconds`.',
  KEY_EXPIRING: 'A key expires within `withinDays`.',
  NEW_ADDRESS:
    'A key was used from an address for the first time. Its first address, and those of the `learnDays` after it, are learned.',
  LEDGER_PROBLEM:
    'The journal cannot be written, ingestion fails, or `backlogMb` of records wait, for `afterSeconds`.',
  NEW_DEVICE: 'An admin signed in from a device that the account did not know.',
}

export const AlertKindEnum = builder.enumType('AlertKind', {
  description: 'What an alert rule watches.',
  values: describedValues(ALERT_KINDS, KINDS),
})

const SEVERITIES: Record<AlertSeverity, string> = {
  INFO: 'Good to know.',
  WARNING: 'Somebody should look at it today.',
  CRITICAL: 'Somebody should look at it now.',
}

export const AlertSeverityEnum = builder.enumType('AlertSeverity', {
  description: 'How urgent an alert is. It stands in each message.',
  values: describedValues(ALERT_SEVERITIES, SEVERITIES),
})

const CHANNELS: Record<ChannelKind, string> = {
  WEBHOOK: 'A POST of JSON, signed as Standard Webhooks says.',
  EMAIL: 'E-mail, by an SMTP server.',
  SLACK: 'An incoming webhook of Slack, or what is compatible with it.',
  FEISHU: 'A custom bot of Feishu or Lark.',
  DINGTALK: 'A custom robot of DingTalk.',
  WECOM: 'A group bot of WeCom.',
}

export const AlertChannelKindEnum = builder.enumType('AlertChannelKind', {
  description: 'The format in which a channel is sent alerts.',
  values: describedValues(CHANNEL_KINDS, CHANNELS),
})

const SECURITIES: Record<SmtpSecurity, string> = {
  TLS: 'TLS from the first byte, on port 465 as a rule.',
  STARTTLS: 'STARTTLS, without which nothing is sent; on port 587 as a rule.',
  NONE: 'In the clear, without a username.',
}

export const SmtpSecurityEnum = builder.enumType('SmtpSecurity', {
  description: 'How the connection to an SMTP server is protected. Its certificate is always verified.',
  values: describedValues(SMTP_SECURITIES, SECURITIES),
})

const EVENTS: Record<AlertEvent, string> = {
  OPENED: 'Alerts were opened.',
  REPEATED: 'Alerts are still open.',
  RESOLVED: 'Alerts were resolved.',
  TEST: 'An admin has sent a test message.',
}

export const AlertEventEnum = builder.enumType('AlertEvent', {
  description: 'Why a message was sent.',
  values: describedValues(ALERT_EVENTS, EVENTS),
})

const STATUSES: Record<DeliveryStatus, string> = {
  PENDING: 'It is tried, or will be tried again.',
  DELIVERED: 'The channel has accepted it.',
  FAILED: 'It was tried for a day, or the channel wants no more messages.',
}

export const AlertDeliveryStatusEnum = builder.enumType('AlertDeliveryStatus', {
  description: 'How far a delivery is.',
  values: describedValues(DELIVERY_STATUSES, STATUSES),
})
