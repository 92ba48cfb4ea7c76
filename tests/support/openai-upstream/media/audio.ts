// Speech, transcriptions and translations: https://platform.openai.com/docs/api-reference/audio.
import { setImmediate } from 'node:timers/promises'
import { RequestFailure } from '../failures.ts'
import { filesIn, textField } from '../form-fields.ts'
import type { Reply } from '../reply.ts'
import type { Asked, Endpoints } from '../request.ts'
import { digest, tokensOf } from '../writing.ts'

const TOKENS = {
  type: 'tokens',
  input_tokens: 14,
  input_token_details: { text_tokens: 4, audio_tokens: 10 },
  output_tokens: 45,
  total_tokens: 59,
}
const SPEECH_TYPES: Record<string, string> = {
  mp3: 'audio/mpeg',
  opus: 'audio/opus',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
}

/** Speech, transcriptions and translations: https://platform.openai.com/docs/api-reference/audio. */
export function audioEndpoints(): Endpoints {
  return {
    'POST /audio/speech': speak,
    'POST /audio/transcriptions': transcribe,
    'POST /audio/translations': async (asked, reply) => {
      const form = await asked.form()
      reply.json({ text: `In English: ${await heard(form)}` })
    },
  }
}

async function speak({ json }: Asked, reply: Reply): Promise<void> {
  const format = String(json.response_format ?? 'mp3')
  const type = SPEECH_TYPES[format]
  if (type === undefined)
    throw new RequestFailure(400, `Invalid value: '${format}'.`, {
      param: 'response_format',
      code: 'invalid_value',
    })
  const sound = soundOf(digest([json.input, json.voice]))
  if (json.stream_format === 'sse')
    return reply.events(
      [
        { type: 'speech.audio.delta', audio: sound.subarray(0, 1_000).toString('base64') },
        { type: 'speech.audio.delta', audio: sound.subarray(1_000).toString('base64') },
        { type: 'speech.audio.done', usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 } },
      ],
      true,
    )
  const response = reply.start(type)
  for (let at = 0; at < sound.length; at += 4_096) {
    response.write(sound.subarray(at, at + 4_096))
    await setImmediate()
  }
  response.end()
}

/**
 * A second of silence as MP3 of 128 kbit/s, 16,384 bytes, whatever the format that was asked for: a frame says that it has no samples, and the
 * seed stands where they would be. https://www.iso.org/standard/22412.html
 */
function soundOf(seed: string): Buffer {
  const frame = Buffer.alloc(417)
  frame.set([0xff, 0xfb, 0x90, 0x00])
  // Behind the header and the side information of two channels.
  frame.fill(seed, 36, undefined, 'hex')
  return Buffer.alloc(16_384, frame)
}

async function transcribe(asked: Asked, reply: Reply): Promise<void> {
  const form = await asked.form()
  const text = await heard(form)
  if (form.get('stream') === 'true')
    return reply.events(
      [
        ...tokensOf(text).map((delta) => ({ type: 'transcript.text.delta', delta, logprobs: [] })),
        { type: 'transcript.text.done', text, logprobs: [], usage: TOKENS },
      ],
      true,
    )
  switch (form.get('response_format')) {
    case 'text':
      return reply.bytes('text/plain; charset=utf-8', `${text}\n`)
    case 'srt':
      return reply.bytes('text/plain; charset=utf-8', `1\n00:00:00,000 --> 00:00:02,500\n${text}\n`)
    case 'vtt':
      return reply.bytes('text/plain; charset=utf-8', `WEBVTT\n\n00:00:00.000 --> 00:00:02.500\n${text}\n`)
    case 'verbose_json':
      return reply.json({
        task: 'transcribe',
        language: 'english',
        duration: 2.5,
        text,
        words: [{ word: 'heard', start: 0, end: 0.8 }],
        segments: [
          {
            id: 0,
            seek: 0,
            start: 0,
            end: 2.5,
            text,
            tokens: [50_364, 2_425, 50_490],
            temperature: 0,
            avg_logprob: -0.25,
            compression_ratio: 0.8,
            no_speech_prob: 0.01,
          },
        ],
        usage: { type: 'duration', seconds: 3 },
      })
    default:
      return reply.json({ text, usage: TOKENS })
  }
}

/** The transcript holds everything that was sent: the file to the byte and the other fields in their order. */
async function heard(form: FormData): Promise<string> {
  const [file] = filesIn(form, 'file')
  if (file === undefined)
    throw new RequestFailure(400, "Missing required parameter: 'file'.", { param: 'file' })
  const sound = Buffer.from(await file.arrayBuffer())
  const fields = [...form].filter(([, value]) => typeof value === 'string').map((field) => field.join('='))
  return `heard ${sound.length} bytes (${digest([...sound]).slice(0, 8)}) of ${file.name} with ${textField(form, 'model')}: ${fields.join(', ')}`
}
