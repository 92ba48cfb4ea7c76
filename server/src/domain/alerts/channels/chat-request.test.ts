import { expect, test } from 'vitest'
import { chatRefusal, chatRequest } from './chat-request.ts'

const NOW = 1_599_360_473_000
const URL_TEXT = 'https://chat.test/send?access_token=t'

test('a WeCom text has at most 2,048 bytes, and ends between characters', () => {
  const { body } = chatRequest('WECOM', URL_TEXT, null, { title: '多'.repeat(900), lines: [] }, NOW)
  const { content } = (body as { text: { content: string } }).text
  expect(Buffer.byteLength(content)).toBeLessThanOrEqual(2_048)
  expect(content).toMatch(/^多+…$/)
})

test('a signature of DingTalk joins the query that the URL has', () => {
  const { url } = chatRequest('DINGTALK', URL_TEXT, 'SECa', { title: 'a', lines: [] }, NOW)
  const query = new URL(url).searchParams
  expect([...query.keys()]).toEqual(['access_token', 'timestamp', 'sign'])
  expect(query.get('timestamp')).toBe(String(NOW))
})

test.for<[Parameters<typeof chatRefusal>[0], unknown, RegExp | null]>([
  ['SLACK', undefined, null],
  ['FEISHU', { code: 0 }, null],
  ['FEISHU', { StatusCode: 0 }, null],
  ['FEISHU', { code: 19024 }, /keyword/],
  ['FEISHU', { code: 12345 }, /12345/],
  ['DINGTALK', { errcode: 0 }, null],
  ['DINGTALK', { errcode: '0' }, /no response of such a chat/],
  ['WECOM', null, /no response of such a chat/],
  ['WECOM', { errcode: 45009 }, /too many/],
])('%s with %j refuses: %s', ([kind, response, refusal]) => {
  const said = chatRefusal(kind, response)
  if (refusal === null) expect(said).toBeNull()
  else expect(said?.message).toMatch(refusal)
})
