import { expect, test } from 'vitest'
import type { CapturedContent } from '../../domain/content/captured-content.ts'
import { mintRequestId } from '../../domain/uuid.ts'
import { contentLine, droppedLine, isContentLine, parseContentLine } from './content-line.ts'

const id = mintRequestId()
const content: CapturedContent = {
  id,
  kept: 'CONTENT',
  request: { type: 'a "quoted" type', bytes: Buffer.from([0, 10, 13, 255, 0x22]), limit: 3, truncated: true },
  response: { type: null, bytes: null, limit: 0, truncated: false },
  shape: { messages: null, roles: { user: 2 }, tools: ['a'], parameters: { n: 1 } },
  secretMark: '0123abcd',
}

test('a line says what it was made of, without a newline', () => {
  const line = contentLine(content)
  expect(line).not.toContain('\n')
  expect(isContentLine(Buffer.from(line), 0)).toBe(true)
  expect(parseContentLine(line)).toEqual(content)
})

test('a line in the place of content says that there was some', () => {
  expect(parseContentLine(droppedLine(id))).toMatchObject({ id, kept: 'DROPPED' })
})

test('a line that is none of ours says nothing', () => {
  const lines = [
    'B',
    'B{',
    'B[]',
    'Bnull',
    'B{"id":"req_1","kept":"CONTENT"}',
    `B{"id":"${id}","kept":"ALL"}`,
    `B{"id":"${id}"}`,
  ]
  for (const line of lines) expect(parseContentLine(line), line).toBeNull()
})
