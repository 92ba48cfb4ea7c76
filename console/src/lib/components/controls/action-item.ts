import type { Component } from 'svelte'

/** A verb in an ActionMenu. */
export type ActionItem = {
  text: string
  icon?: Component<{ size?: number; class?: string; 'aria-hidden'?: 'true' }>
  href?: string
  onselect?: () => void
  /** Stops or removes something. */
  bad?: boolean
  disabled?: boolean
  /** A line above it. */
  apart?: boolean
  testid?: string
}
