// What changed between two states of an object, field by field, as an audit event keeps it.
import type { FieldChange, FieldValue } from './audit-event.ts'

// Of one text in the trail. A policy's longest pattern has 200 characters.
const TEXT_MAX = 2_000
const CHANGES_MAX = 500

/**
 * The fields that differ, by path (`policy.budgets[0].limitUsd`), in the order of `before`, then of `after`; at most 500. A list of
 * texts or numbers is one value. Null or absent on one side: the object is created, or deleted. Never to be given a secret.
 */
export function changesBetween(before: object | null, after: object | null): FieldChange[] {
  const old = leavesOf(before)
  const fresh = leavesOf(after)
  const changes: FieldChange[] = []
  for (const path of new Set([...old.keys(), ...fresh.keys()])) {
    const [was, is] = [old.get(path) ?? null, fresh.get(path) ?? null]
    if (JSON.stringify(was) !== JSON.stringify(is)) changes.push({ path, before: was, after: is })
  }
  return changes.slice(0, CHANGES_MAX)
}

/** A secret that was set, replaced or removed: that it was, and nothing of it. */
export function secretChange(path: string): FieldChange {
  return { path, before: null, after: null, redacted: true }
}

function leavesOf(value: object | null): Map<string, FieldValue> {
  const leaves = new Map<string, FieldValue>()
  if (value !== null) for (const [name, member] of Object.entries(value)) addLeaves(leaves, name, member)
  return leaves
}

function addLeaves(leaves: Map<string, FieldValue>, path: string, value: unknown): void {
  if (value === null || value === undefined) return
  if (value instanceof Date) leaves.set(path, value.toISOString())
  else if (typeof value === 'number' || typeof value === 'boolean') leaves.set(path, value)
  else if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    if (value.length > 0) leaves.set(path, value.map(textOf))
  } else if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) addLeaves(leaves, `${path}[${at}]`, item)
  } else if (typeof value === 'object') {
    for (const [name, member] of Object.entries(value)) addLeaves(leaves, `${path}.${name}`, member)
  } else leaves.set(path, textOf(value))
}

function textOf(value: unknown): string {
  const text = String(value).toWellFormed()
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`
}
