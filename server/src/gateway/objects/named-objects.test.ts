import { expect, test } from 'vitest'
import { referencesOfMessage } from './named-objects.ts'

const TWICE =
  '{"type":"response.create","model":"m","previous_response_id":"resp_1","previous_response_id":"resp_2"}'

test.for([
  [TWICE, 'previous_response_id'],
  [TWICE.replace('previous_response_id', 'Previous_Response_Id'), 'Previous_Response_Id'],
  [TWICE.replace('previous_response_id', 'previous\\u005fresponse_id'), 'previous_response_id'],
] as const)('of a message of a WebSocket, %s is refused by its name', ([message, param]) => {
  expect(referencesOfMessage(Buffer.from(message), false)).toMatchObject({ httpStatus: 400, param })
  // A key that may name any object is not judged by which.
  expect(referencesOfMessage(Buffer.from(message), true)).toMatchObject([{ id: 'resp_2' }])
})
