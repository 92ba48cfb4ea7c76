/** Whether the command palette or the map of the keyboard is open. */
export const palette = $state<{ open: 'commands' | 'shortcuts' | null }>({ open: null })
