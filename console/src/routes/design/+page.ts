import { error } from '@sveltejs/kit'

/** The page of all components, for those who build the console; a production build has none. */
export async function load() {
  if (!import.meta.env.DEV) error(404)
  return { Catalogue: (await import('#lib/design/Catalogue.svelte')).default }
}
