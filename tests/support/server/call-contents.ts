// What is kept of the content of calls, as an admin reads it.
import { vi } from 'vitest'
import { graphql } from '../api/client.ts'

type Server = { url: string; adminToken: string }

export type ReadContent = {
  content: {
    kept: string
    expiresAt: string
    shape: {
      messages: number | null
      roles: { role: string; count: number }[]
      tools: string[]
      parameters: { name: string; value: string }[]
    } | null
    requestType: string | null
    request: string | null
    requestTruncated: boolean
    responseType: string | null
    response: string | null
    responseTruncated: boolean
    redactions: number
  } | null
  contentUnavailableReason: string | null
}

/**
 * The content of the call with this id, and why there is none. Waits for its log, which a busy machine may take seconds to
 * ingest; throws where there is none after that.
 */
export function contentOf(server: Server, requestId: string | null): Promise<ReadContent> {
  return vi.waitFor(
    async () => {
      const variables = { id: requestId }
      const { data, errors } = await graphql({ url: server.url }, CONTENT, variables, {
        token: server.adminToken,
      })
      if (!data?.requestLog) throw new Error(JSON.stringify({ requestId, data, errors }))
      return data.requestLog
    },
    { timeout: 20_000, interval: 50 },
  )
}

const CONTENT = `query ($id: ID!) { requestLog(id: $id) {
  content {
    kept expiresAt shape { messages roles { role count } tools parameters { name value } }
    requestType request requestTruncated responseType response responseTruncated redactions
  }
  contentUnavailableReason
} }`
