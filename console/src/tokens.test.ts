import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')
const [light = '', dark = ''] = css.split(':root[data-theme="dark"]')
const backgrounds = ['canvas', 'surface', 'raised', 'sunken', 'accent-soft']

test.each([
  ['light', light],
  ['dark', dark],
])('shows the edge of a field on every background of the %s theme', (_theme, block) => {
  // WCAG 2.2, 1.4.11.
  for (const name of backgrounds)
    expect(contrast(luminance(block, 'field-edge'), luminance(block, name)), name).toBeGreaterThanOrEqual(3)
})

/** WCAG's ratio of contrast, 1 to 21. */
function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}

/** The relative luminance of a token, 0 to 1 (https://www.w3.org/TR/css-color-4/#color-conversion-code). */
function luminance(block: string, name: string): number {
  const found = new RegExp(`--${name}: oklch\\(([\\d.]+) ([\\d.]+) ([\\d.]+)\\)`).exec(block)
  if (found === null) throw new Error(`--${name} is no oklch() of three numbers`)
  const [lightness = 0, chroma = 0, hue = 0] = found.slice(1).map(Number)
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
  const green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
  const blue = -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
