// One page with all screenshots, to be looked at one by one.
import { type Look, lookName } from './looks.ts'

export type Shot = { screen: string; look: Look; file: string }

/** HTML with every shot under its screen; the files are beside it. */
export function contactSheet(shots: readonly Shot[]): string {
  const sections = [...Map.groupBy(shots, ({ screen }) => screen)].map(
    ([screen, ofScreen]) =>
      `<section><h2 id="${screen}">${screen}</h2><div>${ofScreen.map(figure).join('')}</div></section>`,
  )
  const links = [...new Set(shots.map(({ screen }) => screen))]
    .map((screen) => `<a href="#${screen}">${screen}</a>`)
    .join(' ')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens of the console</title>
<style>
body { font: 14px system-ui; margin: 24px; background: #f4f4f5; color: #18181b }
nav { position: sticky; top: 0; background: inherit; padding: 8px 0; line-height: 1.8 }
section > div { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start }
figure { margin: 0 } img { max-height: 420px; max-width: 100%; border: 1px solid #d4d4d8 }
figcaption { color: #52525b; margin-bottom: 4px }
</style><h1>Screens of the console</h1><nav>${links}</nav>${sections.join('')}</html>`
}

function figure({ look, file }: Shot): string {
  return `<figure><figcaption>${lookName(look)}</figcaption><a href="${file}"><img loading="lazy" alt="${file}" src="${file}"></a></figure>`
}
