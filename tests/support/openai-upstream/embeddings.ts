// Embeddings, as numbers or as base64 of them: https://platform.openai.com/docs/api-reference/embeddings.
import { RequestFailure } from './failures.ts'
import type { Endpoints } from './request.ts'
import { digest, tokensOf } from './writing.ts'

/** Embeddings of a fixed direction for each text: https://platform.openai.com/docs/api-reference/embeddings/create. */
export function embeddingEndpoints(): Endpoints {
  return {
    'POST /embeddings': ({ json }, response) => {
      const inputs = Array.isArray(json.input) ? json.input : [json.input]
      if (inputs.length === 0 || inputs.includes(''))
        throw new RequestFailure(400, "Invalid 'input': input cannot be an empty string.", { param: 'input' })
      const dimensions = typeof json.dimensions === 'number' ? json.dimensions : 8
      const data = inputs.map((input, index) => {
        const vector = vectorOf(input, dimensions)
        const embedding =
          json.encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector]
        return { object: 'embedding', index, embedding }
      })
      const tokens = inputs.reduce((sum: number, input) => sum + tokensOf(JSON.stringify(input)).length, 0)
      response.json({
        object: 'list',
        data,
        model: json.model,
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      })
    },
  }
}

function vectorOf(input: unknown, dimensions: number): Float32Array {
  const bytes = Buffer.from(digest(input), 'hex')
  return Float32Array.from(
    { length: dimensions },
    (_, index) => (bytes[index % bytes.length] ?? 0) / 256 - 0.5,
  )
}
