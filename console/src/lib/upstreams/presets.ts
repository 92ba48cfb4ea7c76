// Providers that speak the OpenAI API, and where: each address is the one of the provider's own documentation.
import type { UpstreamKind } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'

export type Preset = {
  /** In the URL, and the proposed name of the upstream. */
  id: string
  /** The provider's own name for itself. */
  title: () => string
  kind: UpstreamKind
  /** '' where every installation has its own. */
  baseUrl: string
  /** What such an address looks like. */
  example?: string
  /** Addresses of the same provider elsewhere. */
  others?: readonly string[]
  /** Runs in one's own network, and mostly takes calls without a credential. */
  local?: true
}

// biome-ignore format: one line a provider
export const presets: readonly Preset[] = [
  { id: 'openai', title: () => 'OpenAI', kind: 'OPENAI', baseUrl: 'https://api.openai.com/v1' },
  { id: 'azure', title: () => 'Azure OpenAI', kind: 'AZURE_OPENAI', baseUrl: '', example: 'https://RESOURCE.openai.azure.com/openai/v1' },
  { id: 'gemini', title: () => 'Google Gemini', kind: 'GEMINI', baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai' },
  { id: 'openrouter', title: () => 'OpenRouter', kind: 'OPENROUTER', baseUrl: 'https://openrouter.ai/api/v1' },
  { id: 'groq', title: () => 'Groq', kind: 'GENERIC', baseUrl: 'https://api.groq.com/openai/v1' },
  { id: 'mistral', title: () => 'Mistral', kind: 'GENERIC', baseUrl: 'https://api.mistral.ai/v1' },
  { id: 'deepseek', title: () => 'DeepSeek', kind: 'GENERIC', baseUrl: 'https://api.deepseek.com/v1' },
  { id: 'qwen', title: m.upstreams_preset_qwen, kind: 'GENERIC', baseUrl: 'https://dashscope.aliyuncs.com/compatible-mode/v1', others: ['https://dashscope-intl.aliyuncs.com/compatible-mode/v1'] },
  { id: 'moonshot', title: m.upstreams_preset_moonshot, kind: 'GENERIC', baseUrl: 'https://api.moonshot.cn/v1', others: ['https://api.moonshot.ai/v1'] },
  { id: 'zhipu', title: m.upstreams_preset_zhipu, kind: 'GENERIC', baseUrl: 'https://open.bigmodel.cn/api/paas/v4', others: ['https://api.z.ai/api/paas/v4'] },
  { id: 'siliconflow', title: m.upstreams_preset_siliconflow, kind: 'GENERIC', baseUrl: 'https://api.siliconflow.cn/v1', others: ['https://api.siliconflow.com/v1'] },
  { id: 'ollama', title: () => 'Ollama', kind: 'OLLAMA', baseUrl: 'http://127.0.0.1:11434/v1', local: true },
  { id: 'vllm', title: () => 'vLLM', kind: 'VLLM', baseUrl: '', example: 'http://gpu-1:8000/v1', local: true },
  { id: 'lmstudio', title: () => 'LM Studio', kind: 'GENERIC', baseUrl: 'http://127.0.0.1:1234/v1', local: true },
  { id: 'other', title: m.upstreams_preset_other, kind: 'GENERIC', baseUrl: '', example: 'https://llm.example.com/v1' },
]

/** The title of the form for one: names the provider, if it is a certain one. */
export function addTitle(preset: Preset | undefined): string {
  if (preset === undefined || preset.id === 'other') return m.upstreams_add()
  return m.upstreams_add_of({ provider: preset.title() })
}

/** The preset of an id, such as from a URL. */
export function presetOf(id: string | null): Preset | undefined {
  return presets.find((preset) => preset.id === id)
}

/** The preset's id, or with a number behind it where an upstream has that name already. */
export function freeName({ id }: Preset, taken: readonly string[]): string {
  const wanted = id === 'other' ? 'upstream' : id
  if (!taken.includes(wanted)) return wanted
  let number = 2
  while (taken.includes(`${wanted}-${number}`)) number++
  return `${wanted}-${number}`
}
