// Images made and edited: https://platform.openai.com/docs/api-reference/images.
import { crc32, deflateSync } from 'node:zlib'
import { RequestFailure } from '../failures.ts'
import { filesIn, textField } from '../form-fields.ts'
import type { Reply } from '../reply.ts'
import type { Endpoints } from '../request.ts'
import { CREATED } from '../respond.ts'
import { digest } from '../writing.ts'

const USAGE = {
  input_tokens: 21,
  input_tokens_details: { text_tokens: 11, image_tokens: 10 },
  output_tokens: 196,
  total_tokens: 217,
}

/** Generations, edits and variations: https://platform.openai.com/docs/api-reference/images. */
export function imageEndpoints(): Endpoints {
  return {
    'POST /images/generations': ({ json }, response) => {
      if (typeof json.prompt !== 'string')
        throw new RequestFailure(400, "Missing required parameter: 'prompt'.", {
          param: 'prompt',
          code: 'missing_required_parameter',
        })
      const count = typeof json.n === 'number' ? json.n : 1
      const partial = typeof json.partial_images === 'number' ? json.partial_images : 0
      return respondWithImages(
        response,
        'image_generation',
        json.prompt,
        count,
        json.stream === true ? partial : null,
      )
    },
    'POST /images/edits': async (asked, response) => {
      const form = await asked.form()
      const images = filesIn(form, 'image')
      if (images.length === 0)
        throw new RequestFailure(400, "Missing required parameter: 'image'.", { param: 'image' })
      const contents = await Promise.all(
        images.map(async (image) => [image.name, image.type, await image.text()]),
      )
      const masks = filesIn(form, 'mask').map(({ name, size }) => [name, size])
      const seed = digest([textField(form, 'prompt'), contents, masks])
      const partial = form.get('stream') === 'true' ? Number(form.get('partial_images') ?? 0) : null
      return respondWithImages(response, 'image_edit', seed, Number(form.get('n') ?? 1), partial)
    },
    'POST /images/variations': async (asked, response) => {
      const [image] = filesIn(await asked.form(), 'image')
      response.json({ created: CREATED, data: [{ url: `https://images.example/${image?.name}.png` }] })
    },
  }
}

/** `partial` is how many unfinished images are streamed before; null where nothing is streamed. */
async function respondWithImages(
  response: Reply,
  kind: 'image_generation' | 'image_edit',
  seed: string,
  count: number,
  partial: number | null,
): Promise<void> {
  const form = { size: '1024x1024', quality: 'high', background: 'opaque', output_format: 'png' }
  if (partial === null)
    return response.json({
      created: CREATED,
      ...form,
      data: Array.from({ length: count }, (_, index) => ({ b64_json: picture(seed, index) })),
      usage: USAGE,
    })
  const unfinished = Array.from({ length: partial }, (_, partial_image_index) => ({
    type: `${kind}.partial_image`,
    b64_json: picture(seed, partial_image_index),
    partial_image_index,
    created_at: CREATED,
    ...form,
  }))
  const whole = {
    type: `${kind}.completed`,
    b64_json: picture(seed, 9),
    created_at: CREATED,
    ...form,
    usage: USAGE,
  }
  await response.events([...unfinished, whole], true)
}

/** A PNG of 8 by 8 pixels in colours of its own, in base64. */
function picture(seed: string, index: number): string {
  const side = 8
  const colours = Buffer.from(digest([seed, index]).repeat(side), 'hex')
  const lines = Array.from({ length: side }, (_, line) =>
    Buffer.concat([Buffer.from([0]), colours.subarray(line * side * 3, (line + 1) * side * 3)]),
  )
  // Its width and height, 8 bits a sample, colours as red, green and blue.
  const header = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 2, 0, 0, 0])
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(lines))),
    chunk('IEND', Buffer.alloc(0)),
  ]).toString('base64')
}

/** https://www.w3.org/TR/png-3/#5Chunk-layout */
function chunk(type: string, data: Buffer): Buffer {
  const whole = Buffer.concat([Buffer.alloc(4), Buffer.from(type), data, Buffer.alloc(4)])
  whole.writeUInt32BE(data.length, 0)
  whole.writeUInt32BE(crc32(whole.subarray(4, -4)), whole.length - 4)
  return whole
}
