// What `promtool check metrics` says of a page in Prometheus' text format: the rules of its package promlint, and those of the
// format itself (https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details).

type Family = { name: string; type: string; help: string; samples: { name: string; labels: string[] }[] }

const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped']
// promlint's tables of units: those that a name should not have, and the base unit for each.
const UNITS: Record<string, string> = {
  milliseconds: 'seconds',
  microseconds: 'seconds',
  nanoseconds: 'seconds',
  minutes: 'seconds',
  hours: 'seconds',
  days: 'seconds',
  weeks: 'seconds',
  kilobytes: 'bytes',
  megabytes: 'bytes',
  gigabytes: 'bytes',
  kibibytes: 'bytes',
  mebibytes: 'bytes',
  gibibytes: 'bytes',
  bits: 'bytes',
  percent: 'ratio',
  fahrenheit: 'celsius',
  kelvin: 'celsius',
}
const ABBREVIATIONS = ['s', 'ms', 'us', 'ns', 'sec', 'b', 'kb', 'mb', 'gb', 'tb', 'pb', 'm', 'h', 'd']

/** The problems of a page, each as `name: what is wrong`; none for a page without fault. */
export function lintMetrics(page: string): string[] {
  if (!page.endsWith('\n')) return ['the page does not end with a line feed']
  const problems: string[] = []
  for (const family of familiesOf(page, problems)) {
    for (const problem of faultsOf(family)) problems.push(`${family.name}: ${problem}`)
  }
  return problems
}

function familiesOf(page: string, problems: string[]): Family[] {
  const families = new Map<string, Family>()
  const samples = new Set<string>()
  const of = (name: string) => {
    const family = families.get(name) ?? { name, type: 'untyped', help: '', samples: [] }
    families.set(name, family)
    return family
  }
  for (const line of page.split('\n')) {
    if (line === '') continue
    const [, keyword, about = '', text = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
    if (keyword === 'HELP') of(about).help = text
    else if (keyword === 'TYPE') of(about).type = text
    else if (!line.startsWith('#')) {
      const [, series = '', name = '', labels = ''] =
        /^(([a-zA-Z_:][\w:]*)(?:\{(.*)\})?) \S+$/.exec(line) ?? []
      if (name === '') problems.push(`not a sample: ${line}`)
      if (samples.has(series)) problems.push(`${series}: it is there twice`)
      samples.add(series)
      const base = name.replace(/_(bucket|sum|count)$/, '')
      const family = families.get(name) ?? families.get(base) ?? of(name)
      family.samples.push({ name, labels: [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label) })
    }
  }
  return [...families.values()]
}

function faultsOf({ name, type, help, samples }: Family): string[] {
  const faults: string[] = []
  if (samples.length === 0) return faults
  if (help === '') faults.push('no help text')
  if (!TYPES.includes(type)) faults.push(`no type of metric: ${type}`)
  const isCounter = type === 'counter'
  if (isCounter && !name.endsWith('_total')) faults.push('counter metrics should have "_total" suffix')
  if (!isCounter && name.endsWith('_total'))
    faults.push('non-counter metrics should not have "_total" suffix')
  if (type !== 'histogram' && name.endsWith('_bucket')) faults.push('only a histogram has "_bucket"')
  if (type !== 'histogram' && type !== 'summary' && /_(count|sum)$/.test(name)) {
    faults.push('non-histogram and non-summary metrics should not have "_count" or "_sum" suffix')
  }
  const labels = new Set(samples.flatMap((sample) => sample.labels))
  if (type !== 'histogram' && labels.has('le')) faults.push('only a histogram has the label "le"')
  if (type !== 'summary' && labels.has('quantile')) faults.push('only a summary has the label "quantile"')
  const words = name.toLowerCase().split('_')
  const typeInName = TYPES.slice(0, 4).find((word) => words.includes(word))
  if (typeInName !== undefined) faults.push(`metric name should not include type "${typeInName}"`)
  if (name.includes(':')) faults.push("metric names should not contain ':'")
  if ([name, ...labels].some((text) => /[a-z][A-Z]/.test(text)))
    faults.push('names are snake_case, not camelCase')
  for (const word of words) {
    const unit = UNITS[word]
    if (unit !== undefined) faults.push(`use base unit "${unit}" instead of "${word}"`)
    if (ABBREVIATIONS.includes(word)) faults.push('metric names should not contain abbreviated units')
  }
  return faults
}
