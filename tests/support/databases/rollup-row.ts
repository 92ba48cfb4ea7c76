// A row of usage rollups for a test that needs a total and no calls.

/** One successful call of which nothing else is known, but for what `columns` say; `kind`, `bucket` and `value` are always the test's own. */
export function rollupRow<Columns extends { kind: string; bucket: number; value: string }>(columns: Columns) {
  return {
    apiKeyId: 0,
    calls: 1n,
    successes: 1n,
    durationMs: 0n,
    inputTokens: 0n,
    outputTokens: 0n,
    cachedInputTokens: 0n,
    reasoningTokens: 0n,
    requestBytes: 0n,
    responseBytes: 0n,
    durations: new Uint8Array(),
    firstTokens: new Uint8Array(),
    ...columns,
  }
}
