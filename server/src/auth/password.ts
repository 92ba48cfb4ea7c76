// Passwords as they are kept: Argon2id in PHC string form, by Node's own implementation.
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

// OWASP's minimum (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane. About 30 ms a run here.
const MEMORY_KIB = 19_456
const PASSES = 2
const LANES = 1
const TAG_BYTES = 32
const SALT_BYTES = 16

// The process-wide bound on hashing: more at once would take memory and processor time from the calls we forward.
const RUNNING_MAX = 4
const WAITING_MAX = 64
let inFlight = 0
const waiting: (() => void)[] = []

/** Too many passwords wait to be hashed; the caller should be told to come back. */
export class PasswordQueueFull extends Error {
  override readonly name = 'PasswordQueueFull'
}

/** Hashes a canonical password with a new salt. Rejects with PasswordQueueFull under a flood. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const tag = await derive(password, salt, TAG_BYTES, {
    memory: MEMORY_KIB,
    passes: PASSES,
    parallelism: LANES,
  })
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(salt)}$${unpadded(tag)}`
}

/**
 * True when the password is the one that was hashed. With null, for a user that does not exist, it takes as long and
 * answers false, so that the time tells nothing. Rejects with PasswordQueueFull under a flood.
 */
export async function verifyPassword(password: string, phc: string | null): Promise<boolean> {
  const kept = phc === null ? null : parse(phc)
  const { salt, tag, cost } = kept ?? NOBODY
  const derived = await derive(password, salt, tag.length, cost)
  return timingSafeEqual(derived, tag) && kept !== null
}

/** True for a hash made with other costs than today's: to be made anew at the next sign-in. */
export function isOutdated(phc: string): boolean {
  return !phc.startsWith(`$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$`)
}

type Cost = Pick<Argon2Parameters, 'memory' | 'passes' | 'parallelism'>
type Parsed = { salt: Uint8Array; tag: Uint8Array; cost: Cost }

const NOBODY: Parsed = {
  salt: randomBytes(SALT_BYTES),
  tag: randomBytes(TAG_BYTES),
  cost: { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES },
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

function parse(phc: string): Parsed | null {
  const [, memory, passes, lanes, salt, tag] = PHC.exec(phc) ?? []
  if (salt === undefined || tag === undefined) return null
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(lanes) }
  return { salt: Buffer.from(salt, 'base64'), tag: Buffer.from(tag, 'base64'), cost }
}

const argon2id = promisify(argon2)

async function derive(password: string, salt: Uint8Array, tagLength: number, cost: Cost): Promise<Buffer> {
  await turn()
  try {
    return await argon2id('argon2id', { message: password, nonce: salt, tagLength, ...cost })
  } finally {
    const next = waiting.shift()
    // A turn goes straight to who waits longest; only without one does it become free.
    if (next === undefined) inFlight--
    else next()
  }
}

function turn(): Promise<void> {
  if (inFlight < RUNNING_MAX) {
    inFlight++
    return Promise.resolve()
  }
  if (waiting.length >= WAITING_MAX) return Promise.reject(new PasswordQueueFull())
  return new Promise((resolve) => waiting.push(resolve))
}

/** The PHC string format has no base64 padding. */
function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
