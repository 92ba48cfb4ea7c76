// Reading rules, channels, alerts and deliveries: each a page or one.
import type { DeliveryStatus } from '../../domain/alerts/delivery-attempt.ts'
import { type IdPage, newestFirst, pageArgs } from '../../store/id-page.ts'
import type { Store } from '../../store/store.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type ChannelRow, type ChannelView, channelView } from './channels/channel-row.ts'
import { type RuleView, ruleView, WITH_CHANNELS } from './rules/rule-row.ts'

export type AlertRow = Awaited<ReturnType<Store['prisma']['alert']['findUniqueOrThrow']>>
export type DeliveryRow = Awaited<ReturnType<Store['prisma']['alertDelivery']['findUniqueOrThrow']>> & {
  channel: ChannelRow
}

/** A page of rules, the newest first. */
export async function findRules({ store }: ControlPlane, page: IdPage): Promise<RuleView[]> {
  const rows = await store.prisma.alertRule.findMany({ ...pageArgs(page), include: WITH_CHANNELS })
  return newestFirst(page, rows).map(ruleView)
}

/** Null: there is none of this number. */
export async function findRule({ store }: ControlPlane, number: number): Promise<RuleView | null> {
  const row = await store.prisma.alertRule.findUnique({ where: { id: number }, include: WITH_CHANNELS })
  return row === null ? null : ruleView(row)
}

/** A page of channels, the newest first. */
export async function findChannels(plane: ControlPlane, page: IdPage): Promise<ChannelView[]> {
  const rows = await plane.store.prisma.alertChannel.findMany(pageArgs(page))
  return newestFirst(page, rows).map((row) => channelView(row, plane.encryptionKey))
}

/** Null: there is none of this number. */
export async function findChannel(plane: ControlPlane, number: number): Promise<ChannelView | null> {
  const row = await plane.store.prisma.alertChannel.findUnique({ where: { id: number } })
  return row === null ? null : channelView(row, plane.encryptionKey)
}

export type AlertFilter = { open?: boolean | undefined; ruleId?: number | undefined }

/** A page of alerts with their rules, the newest first. */
export async function findAlerts(
  { store }: ControlPlane,
  filter: AlertFilter,
  page: IdPage<string>,
): Promise<(AlertRow & { rule: RuleView })[]> {
  const { where, ...rest } = pageArgs(page)
  const rows = await store.prisma.alert.findMany({
    ...rest,
    where: { ...where, ...alertsWhere(filter) },
    include: { rule: { include: WITH_CHANNELS } },
  })
  return newestFirst(page, rows).map((row) => ({ ...row, rule: ruleView(row.rule) }))
}

/** How many alerts match. */
export function countAlerts({ store }: ControlPlane, filter: AlertFilter): Promise<number> {
  return store.prisma.alert.count({ where: alertsWhere(filter) })
}

function alertsWhere({ open, ruleId }: AlertFilter) {
  return {
    ...(ruleId !== undefined && { ruleId }),
    ...(open !== undefined && { resolvedAt: open ? null : { not: null } }),
  }
}

/** Null: there is none of this id. */
export async function findAlert(
  { store }: ControlPlane,
  id: string,
): Promise<(AlertRow & { rule: RuleView }) | null> {
  const row = await store.prisma.alert.findUnique({
    where: { id },
    include: { rule: { include: WITH_CHANNELS } },
  })
  return row === null ? null : { ...row, rule: ruleView(row.rule) }
}

export type DeliveryFilter = { status?: DeliveryStatus | undefined; channelId?: number | undefined }

/** A page of deliveries, the newest first. */
export async function findDeliveries(
  { store }: ControlPlane,
  filter: DeliveryFilter,
  page: IdPage<string>,
): Promise<DeliveryRow[]> {
  const { where, ...rest } = pageArgs(page)
  const rows = await store.prisma.alertDelivery.findMany({
    ...rest,
    where: { ...where, ...deliveriesWhere(filter) },
    include: { channel: true },
  })
  return newestFirst(page, rows)
}

/** How many deliveries match. */
export function countDeliveries({ store }: ControlPlane, filter: DeliveryFilter): Promise<number> {
  return store.prisma.alertDelivery.count({ where: deliveriesWhere(filter) })
}

function deliveriesWhere({ status, channelId }: DeliveryFilter) {
  return { ...(status !== undefined && { status }), ...(channelId !== undefined && { channelId }) }
}

/** Null: there is none of this id. */
export function findDelivery({ store }: ControlPlane, id: string): Promise<DeliveryRow | null> {
  return store.prisma.alertDelivery.findUnique({ where: { id }, include: { channel: true } })
}
