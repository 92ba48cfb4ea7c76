// The twelve owners of the seeded keys, and what their applications use.

export type PlannedOwner = {
  name: string
  kind: 'TEAM' | 'PERSON' | 'CUSTOMER'
  contact: string
  /** What its keys are named after. */
  applications: readonly string[]
  /** Models with weights. */
  models: readonly (readonly [string, number])[]
  labels: { name: string; value: string }[]
  policy?: Record<string, unknown>
  /** A day before the end on which it is disabled. */
  disabledDaysBeforeEnd?: number
  /** The share of all traffic. */
  weight: number
  size: number
  userAgent: string
}

const cost = (value: string) => [{ name: 'cost-center', value }]

export const OWNERS: readonly PlannedOwner[] = [
  {
    name: 'Checkout',
    kind: 'TEAM',
    contact: 'checkout@shop.example',
    applications: ['checkout', 'fraud-check', 'invoice-reader', 'address-parser', 'refund-helper', 'basket'],
    models: [
      ['gpt-5', 3],
      ['gpt-5-mini', 5],
      ['gpt-4.1', 2],
    ],
    labels: cost('4100'),
    weight: 5,
    size: 1.2,
    userAgent: 'OpenAI/JS 6.7.0',
  },
  {
    name: 'Search',
    kind: 'TEAM',
    contact: 'search@shop.example',
    applications: ['search-rerank', 'query-rewrite', 'indexer', 'synonyms', 'product-qa', 'facets'],
    models: [
      ['text-embedding-3-small', 8],
      ['gemini-2.5-flash', 4],
      ['gpt-5-mini', 1],
    ],
    labels: cost('4200'),
    weight: 7,
    size: 0.7,
    userAgent: 'OpenAI/Python 2.8.0',
  },
  {
    name: 'Customer support',
    kind: 'TEAM',
    contact: 'support-tools@shop.example',
    applications: ['support-bot', 'ticket-triage', 'reply-draft', 'call-summary', 'macros', 'translate'],
    models: [
      ['claude-sonnet-4.5', 4],
      ['gpt-4o-mini', 5],
      ['gpt-5', 1],
    ],
    labels: cost('5100'),
    policy: { budgets: [{ window: 'MONTH', limitUsd: '900', warnAtPercent: 80 }] },
    weight: 6,
    size: 1.4,
    userAgent: 'langchain-openai/0.3.33',
  },
  {
    name: 'Data platform',
    kind: 'TEAM',
    contact: 'data@shop.example',
    applications: ['nightly-labels', 'pii-scan', 'catalog-clean', 'sql-helper', 'report-writer', 'dedupe'],
    models: [
      ['gpt-4o-mini', 6],
      ['gemini-2.5-pro', 2],
      ['llama-3.3-70b', 3],
    ],
    labels: cost('6100'),
    weight: 4,
    size: 2.2,
    userAgent: 'OpenAI/Python 1.99.1',
  },
  {
    name: 'Mobile apps',
    kind: 'TEAM',
    contact: 'mobile@shop.example',
    applications: ['ios-assistant', 'android-assistant', 'voice-notes', 'photo-search', 'push-copy'],
    models: [
      ['gpt-5-mini', 6],
      ['gemini-2.5-flash', 4],
      ['gpt-image-1', 0.4],
    ],
    labels: cost('4300'),
    weight: 4,
    size: 0.6,
    userAgent: 'OpenAI/JS 5.12.2',
  },
  {
    name: 'Growth',
    kind: 'TEAM',
    contact: 'growth@shop.example',
    applications: ['email-copy', 'seo-titles', 'ad-images', 'landing-pages', 'survey-summary'],
    models: [
      ['claude-sonnet-4.5', 3],
      ['gpt-image-1', 1],
      ['gpt-5-mini', 4],
    ],
    labels: cost('7100'),
    policy: { budgets: [{ window: 'MONTH', limitUsd: '250', warnAtPercent: 80 }] },
    weight: 2,
    size: 1,
    userAgent: 'node-fetch',
  },
  {
    name: 'ML research',
    kind: 'TEAM',
    contact: 'research@shop.example',
    applications: ['evals', 'distill', 'red-team', 'prompt-lab', 'judge', 'agents'],
    models: [
      ['gpt-5', 3],
      ['gemini-2.5-pro', 3],
      ['claude-sonnet-4.5', 3],
      ['qwen3-coder-30b', 2],
      ['o4-mini', 2],
    ],
    labels: cost('6200'),
    weight: 3,
    size: 2.6,
    userAgent: 'AsyncOpenAI/Python 2.8.0',
  },
  {
    name: 'Developer tools',
    kind: 'TEAM',
    contact: 'devtools@shop.example',
    applications: ['code-review', 'ci-summary', 'codex', 'opencode', 'release-notes', 'flaky-tests'],
    models: [
      ['gpt-5', 2],
      ['claude-sonnet-4.5', 4],
      ['qwen3-coder-30b', 3],
      ['gpt-5-mini', 2],
    ],
    labels: cost('6300'),
    weight: 4,
    size: 3,
    userAgent: 'codex_cli_rs/0.63.0',
  },
  {
    name: '华东客服中心',
    kind: 'TEAM',
    contact: 'kefu@shop.example',
    applications: ['kefu-assistant', 'order-lookup', 'complaint-sort', 'voice-quality', 'faq-builder'],
    models: [
      ['gpt-4.1', 4],
      ['gpt-4o-mini', 4],
      ['llama-3.3-70b', 2],
    ],
    labels: cost('5200'),
    weight: 3,
    size: 1,
    userAgent: 'Dify/1.9.2',
  },
  {
    name: 'Acme GmbH',
    kind: 'CUSTOMER',
    contact: 'api@acme.example',
    applications: ['acme-portal', 'acme-batch', 'acme-mobile', 'acme-internal', 'acme-sandbox'],
    models: [
      ['gpt-4.1', 3],
      ['gpt-5-mini', 5],
    ],
    labels: [{ name: 'plan', value: 'enterprise' }],
    policy: { budgets: [{ window: 'MONTH', limitUsd: '2000', warnAtPercent: 90 }] },
    weight: 3,
    size: 1,
    userAgent: 'OpenAI/Go 2.7.1',
  },
  {
    name: 'Borealis Ltd',
    kind: 'CUSTOMER',
    contact: 'ops@borealis.example',
    applications: ['borealis-chat', 'borealis-sync', 'borealis-trial', 'borealis-reports', 'borealis-agent'],
    models: [
      ['gemini-2.5-flash', 4],
      ['gpt-4o-mini', 3],
    ],
    labels: [{ name: 'plan', value: 'starter' }],
    disabledDaysBeforeEnd: 3,
    weight: 1,
    size: 0.8,
    userAgent: 'OpenAI/Java 4.6.1',
  },
  {
    name: 'Mira Okafor',
    kind: 'PERSON',
    contact: 'mira@shop.example',
    applications: ['mira-laptop', 'mira-notebook', 'mira-scripts', 'mira-cursor', 'mira-open-webui'],
    models: [
      ['claude-sonnet-4.5', 4],
      ['gpt-5', 2],
      ['o4-mini', 1],
    ],
    labels: [],
    weight: 0.8,
    size: 1.8,
    userAgent: 'Cursor/2.1.0',
  },
]
