// What the playground sends: the same requests that an application sends, by what a person has typed.

export const modes = ['chat', 'image', 'speech', 'transcription'] as const
/** What is asked of a model. */
export type Mode = (typeof modes)[number]

/** As typed; an empty one is not sent, so that the model's own default holds. */
export type Parameters = {
  system: string
  temperature: string
  topP: string
  maxTokens: string
  reasoning: string
  imageSize: string
  voice: string
}
export const noParameters: Parameters = {
  system: '',
  temperature: '',
  topP: '',
  maxTokens: '',
  reasoning: '',
  imageSize: '',
  voice: 'alloy',
}

/** What a person sends at once; `images` are data URLs, `recording` is to be transcribed. */
export type Prompt = { text: string; images: readonly string[]; recording: File | null }

/** A prompt of before, and the text that the same model has replied with. */
export type PastExchange = { prompt: Prompt; reply: string }

export type PlaygroundRequest =
  | { path: string; json: Readonly<Record<string, unknown>> }
  | { path: string; form: { model: string; file: File } }

/** The path of the gateway for each mode. */
export const pathOf: Readonly<Record<Mode, string>> = {
  chat: '/v1/chat/completions',
  image: '/v1/images/generations',
  speech: '/v1/audio/speech',
  transcription: '/v1/audio/transcriptions',
}

/** `past`: oldest first; a chat alone goes on from it. */
export function requestOf(
  mode: Mode,
  model: string,
  parameters: Parameters,
  past: readonly PastExchange[],
  prompt: Prompt,
): PlaygroundRequest {
  const path = pathOf[mode]
  switch (mode) {
    case 'chat':
      return { path, json: chatBody(model, parameters, past, prompt) }
    case 'image':
      return { path, json: { model, prompt: prompt.text, ...given('size', parameters.imageSize) } }
    case 'speech':
      return {
        path,
        json: { model, input: prompt.text, voice: parameters.voice || 'alloy', response_format: 'mp3' },
      }
    case 'transcription':
      return { path, form: { model, file: prompt.recording ?? new File([], 'recording.mp3') } }
  }
}

function chatBody(
  model: string,
  { system, temperature, topP, maxTokens, reasoning }: Parameters,
  past: readonly PastExchange[],
  prompt: Prompt,
): Record<string, unknown> {
  const messages = [
    ...(system.trim() === '' ? [] : [{ role: 'system', content: system }]),
    ...past.flatMap(({ prompt: before, reply }) => [
      { role: 'user', content: contentOf(before) },
      { role: 'assistant', content: reply },
    ]),
    { role: 'user', content: contentOf(prompt) },
  ]
  return {
    model,
    messages,
    ...givenNumber('temperature', temperature),
    ...givenNumber('top_p', topP),
    ...givenNumber('max_completion_tokens', maxTokens),
    ...given('reasoning_effort', reasoning),
    stream: true,
  }
}

function contentOf({ text, images }: Prompt): unknown {
  if (images.length === 0) return text
  return [
    ...(text === '' ? [] : [{ type: 'text', text }]),
    ...images.map((url) => ({ type: 'image_url', image_url: { url } })),
  ]
}

const given = (name: string, value: string) => (value === '' ? {} : { [name]: value })

function givenNumber(name: string, typed: string) {
  const text = typed.trim()
  const value = Number(text)
  return text === '' || !Number.isFinite(value) ? {} : { [name]: value }
}

/** Which of the numbers that are typed are none, or are beyond what upstreams take. */
export function wrongNumbers({ temperature, topP, maxTokens }: Parameters): ReadonlySet<keyof Parameters> {
  const wrong = new Set<keyof Parameters>()
  if (!isWithin(temperature, 0, 2)) wrong.add('temperature')
  if (!isWithin(topP, 0, 1)) wrong.add('topP')
  if (!isWithin(maxTokens, 1, 10_000_000) || (maxTokens.trim() !== '' && !/^\d+$/.test(maxTokens.trim())))
    wrong.add('maxTokens')
  return wrong
}

function isWithin(typed: string, least: number, most: number): boolean {
  const text = typed.trim()
  if (text === '') return true
  const value = Number(text)
  return Number.isFinite(value) && value >= least && value <= most
}
