// The kinds of alert channels, and how their secrets are sealed.
import { seal, unseal } from '../../upstreams/sealed-secret.ts'

export const CHANNEL_KINDS = ['WEBHOOK', 'EMAIL', 'SLACK', 'FEISHU', 'DINGTALK', 'WECOM'] as const
export type ChannelKind = (typeof CHANNEL_KINDS)[number]

/** The kinds whose messages an admin's secret signs. A webhook's secret is made by the server; the others have none. */
export const SIGNING_KINDS: readonly ChannelKind[] = ['FEISHU', 'DINGTALK']

/** A stored kind; null for one of a later version. */
export function storedChannelKind(text: string): ChannelKind | null {
  return CHANNEL_KINDS.find((kind) => kind === text) ?? null
}

// No origin of an upstream: a channel's token does not open as an upstream's credential, nor the reverse.
const URL_PLACE = 'alert-channel-url'

/** A URL is sealed whole: those of chats hold their token. */
export function sealChannelUrl(key: Uint8Array, url: string, nowMs: number): string {
  return seal(key, URL_PLACE, url, nowMs)
}

/** The URL; null where it was sealed under another key. */
export function unsealChannelUrl(key: Uint8Array, sealed: string): string | null {
  return unseal(key, URL_PLACE, sealed)
}

/** Seals a secret for where it is used, so that a copy in another row does not open. */
export function sealChannelSecret(key: Uint8Array, origin: string, secret: string, nowMs: number): string {
  return seal(key, `alert-channel ${origin}`, secret, nowMs)
}

/** The secret; null where it was sealed for another origin or under another key. */
export function unsealChannelSecret(key: Uint8Array, origin: string, sealed: string): string | null {
  return unseal(key, `alert-channel ${origin}`, sealed)
}
