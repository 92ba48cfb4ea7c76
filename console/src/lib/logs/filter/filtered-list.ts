import { page } from '$app/state'
import type { ListAddress } from './value-filters.ts'

/** The address that a filter is added to: that of the list on screen, or from the page of one record of the list of all calls. */
export function filteredList(): ListAddress {
  return page.url.pathname.startsWith('/logs/')
    ? { pathname: '/logs', searchParams: new URLSearchParams() }
    : page.url
}
