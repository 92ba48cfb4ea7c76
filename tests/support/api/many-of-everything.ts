// A server with many of everything that the admin API lists, written straight into the database, in a second.
import { randomBytes } from 'node:crypto'
import { UNRESTRICTED } from '@latchkey/server/domain/policy/key-policy.ts'
import { insertRequestLogs } from '../databases/many-request-logs.ts'
import type { TestLatchkey } from '../server/latchkey.ts'

const BUDGET = {
  timeZone: 'UTC',
  warnAtPercent: null,
  model: null,
  unpriced: 'DENY',
  mode: 'ENFORCE',
} as const
const POLICY = JSON.stringify({ ...UNRESTRICTED, budgets: [{ window: 'MONTH', limitUsd: '1', ...BUDGET }] })

/** What the ids of targets of audit events begin with whose rest is a number. */
export const NODE_PREFIXES = {
  AdminToken: 'tok_',
  AlertChannel: 'ach_',
  AlertRule: 'arl_',
  ApiKey: 'key_',
  AuditEvent: 'aud_',
  CostRecalculation: 'rec_',
  LabelLimit: 'lim_',
  Model: 'mdl_',
  Owner: 'own_',
  Upstream: 'ups_',
}

/** `count` of each; ids begin with 1. */
export async function manyOfEverything(latchkey: TestLatchkey, count: number): Promise<void> {
  const { prisma } = latchkey.app.store
  const at = new Date()
  const times = { createdAt: at, updatedAt: at }
  const each = <Row>(row: (n: number) => Row): Row[] => Array.from({ length: count }, (_, n) => row(n + 1))
  const label = { name: 'env', value: 'prod' }

  await prisma.owner.createMany({
    data: each((n) => ({ name: `owner ${n}`, kind: 'TEAM', policy: POLICY, ...times })),
  })
  await prisma.ownerLabel.createMany({ data: each((ownerId) => ({ ownerId, ...label })) })
  await prisma.apiKey.createMany({
    data: each((n) => ({
      name: `key ${n}`,
      secretHash: randomBytes(32),
      secretStart: 'abcd',
      ownerId: n,
      policy: n % 2 === 0 ? POLICY : null,
      createdByType: 'SYSTEM',
      ...times,
    })),
  })
  await prisma.apiKeyLabel.createMany({ data: each((apiKeyId) => ({ apiKeyId, ...label })) })
  await prisma.labelLimit.createMany({
    data: each((n) => ({
      name: `limit ${n}`,
      labelName: 'env',
      labelValue: `${n}`,
      policy: POLICY,
      enabled: true,
      ...times,
    })),
  })
  await prisma.upstream.createMany({
    data: each((n) => ({
      name: `upstream-${n}`,
      kind: 'GENERIC',
      baseUrl: 'https://example.com/v1',
      authStyle: 'BEARER',
      enabled: true,
      ...times,
    })),
  })
  await prisma.model.createMany({
    data: each((n) => ({ name: `model-${n}`, enabled: true, isDefault: false, ...times })),
  })
  await prisma.modelRoute.createMany({
    data: each((n) => ({ modelId: n, upstreamId: n, upstreamModel: 'm', priority: 1, weight: 1 })),
  })
  await manyPeople(latchkey, each, at)
  await manyAlerts(latchkey, each, at)
  await manyRecords(latchkey, each, at)
}

type Each = <Row>(row: (n: number) => Row) => Row[]

async function manyPeople({ app }: TestLatchkey, each: Each, at: Date): Promise<void> {
  const { prisma } = app.store
  const later = new Date(at.getTime() + 3_600_000)
  await prisma.admin.createMany({
    data: each((n) => ({
      id: 1_000 + n,
      username: `admin-${n}`,
      passwordHash: '',
      role: 'KEY_MANAGER',
      createdAt: at,
    })),
  })
  await prisma.adminOwner.createMany({ data: each((n) => ({ adminId: 1_000 + n, ownerId: n })) })
  await prisma.adminIdentity.createMany({
    data: each((n) => ({ adminId: 1_000 + n, issuer: 'https://id.example', subject: `${n}`, createdAt: at })),
  })
  await prisma.adminInvitation.createMany({
    data: each(() => ({
      tokenHash: randomBytes(32),
      role: 'VIEWER',
      createdBy: 'somebody',
      createdAt: at,
      expiresAt: later,
    })),
  })
  await prisma.adminToken.createMany({
    data: each((n) => ({
      name: `token ${n}`,
      tokenHash: randomBytes(32),
      scopes: 'keys:read',
      createdAt: at,
    })),
  })
}

async function manyAlerts({ app }: TestLatchkey, each: Each, at: Date): Promise<void> {
  const { prisma } = app.store
  const times = { createdAt: at, updatedAt: at }
  await prisma.alertChannel.createMany({
    data: each((n) => ({
      name: `channel ${n}`,
      kind: 'EMAIL',
      origin: 'smtp://mail.example',
      enabled: true,
      ...times,
    })),
  })
  await prisma.alertRule.createMany({
    data: each((n) => ({
      name: `rule ${n}`,
      kind: 'ERROR_RATE',
      thresholds: '{}',
      severity: 'WARNING',
      enabled: false,
      ...times,
    })),
  })
  await prisma.alertRuleChannel.createMany({ data: each((n) => ({ ruleId: n, channelId: n })) })
  await prisma.alert.createMany({
    data: each((n) => ({
      id: `alt_${hex(n)}`,
      ruleId: n,
      target: 'installation',
      targetLabel: 'Latchkey',
      message: 'Too many errors.',
      openedAt: at,
      resolvedAt: at,
    })),
  })
  await prisma.alertDelivery.createMany({
    data: each((n) => ({
      id: `ald_${hex(n)}`,
      channelId: n,
      cause: 'a cause',
      event: 'alert.opened',
      message: JSON.stringify({
        type: 'alert.opened',
        timestamp: at.toISOString(),
        data: { total: 1, alerts: [] },
      }),
      status: 'DELIVERED',
      createdAt: at,
      deadlineAt: at,
      attempts: '[]',
    })),
  })
}

async function manyRecords(latchkey: TestLatchkey, each: Each, at: Date): Promise<void> {
  const { prisma } = latchkey.app.store
  await prisma.auditEvent.createMany({
    data: Object.entries(NODE_PREFIXES).flatMap(([targetType, prefix]) =>
      each((n) => ({
        at,
        actorType: 'SYSTEM',
        actorName: 'x',
        action: 'any',
        targetType,
        targetId: prefix + n,
      })),
    ),
  })
  await prisma.externalBackup.createMany({ data: each(() => ({ createdAt: at, createdBy: 'somebody' })) })
  await prisma.costRecalculation.createMany({
    data: each(() => ({
      status: 'DONE',
      ...{ createdAt: at, updatedAt: at, fromAt: at, toAt: at },
      missingOnly: true,
      ...{ examinedCalls: 0n, changedCalls: 0n, differenceNanoUsd: 0n, unpricedCalls: 0n },
    })),
  })
  await insertRequestLogs(latchkey, at.getTime() - 60_000, each((n) => n).length)
  const inserted = await prisma.requestLog.findMany({ select: { id: true } })
  for (const [index, { id }] of inserted.entries())
    await prisma.requestLog.update({ where: { id }, data: { apiKeyId: index + 1, ownerId: index + 1 } })
}

function hex(n: number): string {
  return n.toString(16).padStart(32, '0')
}
