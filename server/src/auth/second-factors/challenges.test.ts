import { expect, test } from 'vitest'
import { createChallenges } from './challenges.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/='
const NOW_MS = Date.parse('2026-11-29T16:00:00Z')

test.for(['x', 'xy', 'xyz'])('a token opens once, however it is spelt: data %j', (challenge) => {
  const challenges = createChallenges()
  const token = challenges.mint('passkey sign-in', { challenge }, NOW_MS)
  const open = (text: string) => challenges.open('passkey sign-in', text, 1_000, NOW_MS)
  expect(open(token)).toEqual({ challenge })
  expect(challenges.spend(token)).toBe(true)
  expect(challenges.spend(token)).toBe(false)
  const bare = token.replace(/=+$/, '')
  const padding = token.slice(bare.length)
  const spellings = [
    token,
    bare,
    `${bare}=`,
    `${bare}==`,
    ` ${token}`,
    `${token}\n`,
    token.replaceAll('-', '+').replaceAll('_', '/'),
    // The last character before the padding has bits that decoders leave out.
    ...Array.from(ALPHABET, (last) => bare.slice(0, -1) + last + padding),
  ]
  expect(spellings.filter((text) => open(text) !== null)).toEqual([])
})
