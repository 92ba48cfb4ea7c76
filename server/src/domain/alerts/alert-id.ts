// The public ids of alerts and what belongs to them: rules and channels have numbers, alerts and deliveries an id that sorts by time.
import { mintRequestId } from '../uuid.ts'

// The columns are 32-bit integers on PostgreSQL.
const NUMBER_MAX = 2 ** 31 - 1

/** The public id of the alert rule of this number. */
export function alertRuleId(number: number): string {
  return `arl_${number}`
}

/** The public id of the channel of this number. */
export function alertChannelId(number: number): string {
  return `ach_${number}`
}

/** The number in `arl_12`; null where the text is not such an id. */
export function alertRuleNumber(id: string): number | null {
  return numberIn('arl_', id)
}

/** The number in `ach_12`; null where the text is not such an id. */
export function alertChannelNumber(id: string): number | null {
  return numberIn('ach_', id)
}

/** A new id of an alert: `alt_` and a UUIDv7 in hex. */
export function mintAlertId(): string {
  return mintRequestId().replace('req_', 'alt_')
}

/** A new id of a delivery: `ald_` and a UUIDv7 in hex. */
export function mintDeliveryId(): string {
  return mintRequestId().replace('req_', 'ald_')
}

/** Whether a text has the form of the id of an alert. */
export function isAlertId(text: string): boolean {
  return /^alt_[0-9a-f]{32}$/.test(text)
}

/** Whether a text has the form of the id of a delivery. */
export function isDeliveryId(text: string): boolean {
  return /^ald_[0-9a-f]{32}$/.test(text)
}

function numberIn(prefix: string, id: string): number | null {
  const digits = id.startsWith(prefix) ? id.slice(prefix.length) : ''
  if (!/^[1-9][0-9]{0,9}$/.test(digits)) return null
  const number = Number(digits)
  return number <= NUMBER_MAX ? number : null
}
