// Where a setting is on the settings page, so that an address leads to it.
import type { Attachment } from 'svelte/attachments'
import { page } from '$app/state'
import { settingPlaceId } from './find-settings.ts'

/**
 * Brings the element of a setting into view while the address names it, also where it has come after the page has opened, and gives
 * the focus to its control; without one that can be changed, to the element, which therefore takes it.
 */
export function settingPlace(name: string): Attachment<HTMLElement> {
  return (element) => {
    if (page.url.hash !== `#${settingPlaceId(name)}`) return
    element.scrollIntoView({ block: 'center' })
    const control = element.querySelector<HTMLElement>(':is(.control, [role="switch"]):not(:disabled)')
    ;(control ?? element).focus({ preventScroll: true })
  }
}
