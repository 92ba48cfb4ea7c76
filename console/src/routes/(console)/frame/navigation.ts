// The screens of the console, in the order and the groups of the navigation: one line a screen.
import Bell from '@lucide/svelte/icons/bell'
import Boxes from '@lucide/svelte/icons/boxes'
import ChartArea from '@lucide/svelte/icons/chart-area'
import DatabaseBackup from '@lucide/svelte/icons/database-backup'
import FlaskConical from '@lucide/svelte/icons/flask-conical'
import History from '@lucide/svelte/icons/history'
import Info from '@lucide/svelte/icons/info'
import KeyRound from '@lucide/svelte/icons/key-round'
import KeySquare from '@lucide/svelte/icons/key-square'
import LayoutDashboard from '@lucide/svelte/icons/layout-dashboard'
import ScrollText from '@lucide/svelte/icons/scroll-text'
import Server from '@lucide/svelte/icons/server'
import Settings from '@lucide/svelte/icons/settings'
import ShieldAlert from '@lucide/svelte/icons/shield-alert'
import Tags from '@lucide/svelte/icons/tags'
import UserCog from '@lucide/svelte/icons/user-cog'
import UsersRound from '@lucide/svelte/icons/users-round'
import type { Component } from 'svelte'
import { m } from '#lib/paraglide/messages.js'

type Noun =
  | 'keys'
  | 'owners'
  | 'logs'
  | 'usage'
  | 'alerts'
  | 'upstreams'
  | 'models'
  | 'audit'
  | 'admins'
  | 'settings'
type Scope = `${Noun}:${'read' | 'write'}`

type Screen = {
  href: string
  text: () => string
  icon: Component<{ size?: number; class?: string; 'aria-hidden'?: 'true' }>
  /** What whoever is signed in has to be allowed, or the line is not shown; null: nothing. */
  scope: Scope | null
  /** Stands in the bottom bar of a phone, which has room for four. */
  phone?: true
  /** The letter that opens it after a `g`. */
  letter?: string
}
/** Screens under a heading; those without one stand above all groups. */
export type ScreenGroup = { id: string; title: (() => string) | null; screens: readonly Screen[] }

// biome-ignore format: one line a screen
const all: readonly ScreenGroup[] = [
  { id: 'start', title: null, screens: [
    { href: '/', text: m.nav_overview, icon: LayoutDashboard, scope: 'usage:read', phone: true, letter: 'o' },
  ] },
  { id: 'access', title: m.nav_group_access, screens: [
    { href: '/keys', text: m.nav_keys, icon: KeyRound, scope: 'keys:read', phone: true, letter: 'k' },
    { href: '/owners', text: m.nav_owners, icon: UsersRound, scope: 'owners:read' },
    { href: '/labels', text: m.nav_labels, icon: Tags, scope: 'owners:read', letter: 't' },
    { href: '/playground', text: m.nav_playground, icon: FlaskConical, scope: 'keys:write', letter: 'p' },
  ] },
  { id: 'traffic', title: m.nav_group_traffic, screens: [
    { href: '/logs', text: m.nav_logs, icon: ScrollText, scope: 'logs:read', phone: true, letter: 'l' },
    { href: '/usage', text: m.nav_usage, icon: ChartArea, scope: 'usage:read', phone: true, letter: 'c' },
    { href: '/findings', text: m.nav_findings, icon: ShieldAlert, scope: 'alerts:read', letter: 'f' },
    { href: '/alerts', text: m.nav_alerts, icon: Bell, scope: 'alerts:read' },
  ] },
  { id: 'routing', title: m.nav_group_routing, screens: [
    { href: '/upstreams', text: m.nav_upstreams, icon: Server, scope: 'upstreams:read', letter: 'u' },
    { href: '/models', text: m.nav_models, icon: Boxes, scope: 'models:read', letter: 'm' },
  ] },
  { id: 'admin', title: m.nav_group_admin, screens: [
    { href: '/audit', text: m.nav_audit, icon: History, scope: 'audit:read', letter: 'a' },
    { href: '/people', text: m.nav_people, icon: UserCog, scope: 'admins:read' },
    { href: '/tokens', text: m.nav_tokens, icon: KeySquare, scope: 'admins:read' },
    { href: '/settings', text: m.nav_settings, icon: Settings, scope: 'settings:read', letter: 's' },
    { href: '/backup', text: m.nav_backup, icon: DatabaseBackup, scope: 'settings:write' },
    { href: '/about', text: m.nav_about, icon: Info, scope: null },
  ] },
]

/** The groups with the screens that these scopes open; a group without any is left out. */
export function screenGroups(scopes: readonly string[]): ScreenGroup[] {
  const opens = ({ scope }: Screen) => scope === null || scopes.includes(scope)
  return all
    .map((group) => ({ ...group, screens: group.screens.filter(opens) }))
    .filter(({ screens }) => screens.length > 0)
}

/** The screen of a path that these scopes do not open; undefined: they do, or it has no line in the navigation. */
export function closedScreen(scopes: readonly string[], pathname: string): Screen | undefined {
  const found = all.flatMap(({ screens }) => screens).find(({ href }) => isIn(href, pathname))
  return found?.scope && !scopes.includes(found.scope) ? found : undefined
}

/** True when a path is in the screen. */
export function isIn(href: string, pathname: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`)
}
