import type { Snippet } from 'svelte'

/** How a TriggerButton opens what it has loaded. */
export type Opened = {
  open: boolean
  onopenchange: (open: boolean) => void
  /** Takes what the trigger of bits-ui gives to its button. */
  adopt: (props: Record<string, unknown>) => void
}

/** A record beside its list. */
export type SidePanelProps = {
  title: string
  onclose: () => void
  /** Goes to the row `step` further, 1 or -1; without it there are no buttons for that. */
  onwalk?: (step: 1 | -1) => void
  /** Whether there is a row before and after. */
  hasPrevious?: boolean
  hasNext?: boolean
  /** Which row of how many it is, in words. */
  place?: string | undefined
  /** The page of the same record. */
  href?: string
  actions?: Snippet
  children: Snippet
}
