// The sections of the console, in the order of the navigation.
import KeyRound from '@lucide/svelte/icons/key-round'
import LayoutDashboard from '@lucide/svelte/icons/layout-dashboard'
import ScrollText from '@lucide/svelte/icons/scroll-text'
import { m } from '#lib/paraglide/messages.js'

export const sections = [
  { href: '/', text: m.overview, icon: LayoutDashboard },
  { href: '/keys', text: m.keys_title, icon: KeyRound },
  { href: '/logs', text: m.logs_title, icon: ScrollText },
]

/** True when a path is in the section. */
export function isIn(href: string, pathname: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`)
}
