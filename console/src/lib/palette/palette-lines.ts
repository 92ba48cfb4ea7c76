// What the palette lists: each record, screen and verb as a line, with what can be done with it.
import type { ApiKey } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'
import { goto } from '$app/navigation'
import { disableKey, enableKey } from './key-verbs.ts'
import type { Found } from './palette-results.ts'
import type { Recognised } from './recognise.ts'

export type Command = { text: string; run: () => unknown }
/** The first command is what the line itself does. */
export type Line = { id: string; text: string; note?: string; key?: ApiKey; commands: Command[] }

type Around = {
  screens: readonly { href: string; text: () => string }[]
  scopes: readonly string[]
  /** Verbs of the console, such as signing out. */
  verbs: readonly Command[]
  /** A key is to be revoked: it asks first. */
  onrevoke: (key: ApiKey) => void
}

/** Records first; then, unless an id or a secret was pasted, the screens and verbs whose names have the text. */
export function linesOf(what: Recognised, found: readonly Found[], around: Around): Line[] {
  const records = found.map((record) => recordLine(record, around))
  if (what.kind !== 'text') return records
  const wanted = what.text.toLowerCase()
  const matches = (name: string) => wanted === '' || name.toLowerCase().includes(wanted)
  const screens = around.screens
    .filter((screen) => matches(screen.text()))
    .map(({ href, text }) => ({ id: href, text: text(), note: m.palette_screen(), commands: [opens(href)] }))
  const verbs = around.verbs
    .filter(({ text }) => matches(text))
    .map((verb) => ({ id: verb.text, text: verb.text, note: m.palette_verb(), commands: [verb] }))
  return [...records, ...screens, ...verbs]
}

function recordLine(record: Found, around: Around): Line {
  const named = (note: string, folder: string, id: string, text: string): Line => ({
    id,
    text,
    note,
    commands: [opens(`/${folder}/${id}`)],
  })
  switch (record.kind) {
    case 'request':
      return named(m.request_log(), 'logs', record.id, record.id)
    case 'key':
      return keyLine(record.key, around)
    case 'owner':
      return named(m.nav_owners(), 'owners', record.id, record.name)
    case 'label':
      return named(m.nav_labels(), 'labels', record.id, record.name)
    case 'model':
      return named(m.nav_models(), 'models', record.id, record.name)
    case 'upstream':
      return named(m.nav_upstreams(), 'upstreams', record.id, record.name)
    case 'setting':
      return { id: record.href, text: record.text, note: m.nav_settings(), commands: [opens(record.href)] }
  }
}

function keyLine(key: ApiKey, { scopes, onrevoke }: Around): Line {
  const writes = scopes.includes('keys:write')
  return {
    id: key.id,
    text: key.name,
    note: key.id,
    key,
    commands: [
      opens(`/keys/${key.id}`),
      ...(scopes.includes('logs:read') ? [opens(`/logs?key=${key.id}`, m.nav_logs())] : []),
      ...(writes && key.status !== 'REVOKED'
        ? [
            opens(`/keys/${key.id}?tab=limits`, m.key_limits()),
            opens(`/keys/${key.id}?tab=secret`, m.palette_rotate()),
          ]
        : []),
      ...(writes && key.status === 'ACTIVE'
        ? [{ text: m.palette_disable(), run: () => disableKey(key) }]
        : []),
      ...(writes && key.status === 'DISABLED'
        ? [{ text: m.palette_enable(), run: () => enableKey(key) }]
        : []),
      ...(writes && key.status !== 'REVOKED' ? [{ text: m.revoke(), run: () => onrevoke(key) }] : []),
    ],
  }
}

function opens(href: string, text = m.palette_open()): Command {
  return { text, run: () => goto(href) }
}
