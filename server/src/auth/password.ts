// Password hashes: Argon2id in PHC string form, by Node's own implementation.
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

// OWASP's minimum (Password Storage Cheat Sheet): 19 MiB, 2 passes, 1 lane. About 30 ms a hash.
const MEMORY_KIB = 19_456
const PASSES = 2
const LANES = 1
const TAG_BYTES = 32
const SALT_BYTES = 16

// Bounds of the whole process: more hashes at once would take memory and processor time from the gateway's calls.
const RUNNING_MAX = 4
const WAITING_MAX = 64
let inFlight = 0
const waiting: (() => void)[] = []
// Of known devices, beside WAITING_MAX and before them: strangers cannot take their places.
const KNOWN_WAITING_MAX = 16
const knownWaiting: (() => void)[] = []

/** As many hashes as may wait are waiting already; the client should try again later. */
export class PasswordQueueFull extends Error {
  override readonly name = 'PasswordQueueFull'
}

/** Hashes a canonical password with a new salt. Rejects with PasswordQueueFull where too many wait. */
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
 * Whether the password has this hash. Null, for a user that does not exist, is false after the same time, so that the time does
 * not show which users exist. A known device's waits in places of its own, and comes first. Rejects with PasswordQueueFull where
 * too many wait.
 */
export async function verifyPassword(
  password: string,
  phc: string | null,
  isKnownDevice = false,
): Promise<boolean> {
  const stored = phc === null ? null : parse(phc)
  const { salt, tag, cost } = stored ?? NO_USER
  const derived = await derive(password, salt, tag.length, cost, isKnownDevice)
  return timingSafeEqual(derived, tag) && stored !== null
}

/** True for a hash of other costs than the present ones: it is replaced at the next sign-in. */
export function isOutdated(phc: string): boolean {
  return !phc.startsWith(`$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$`)
}

type Cost = Pick<Argon2Parameters, 'memory' | 'passes' | 'parallelism'>
type Parsed = { salt: Uint8Array; tag: Uint8Array; cost: Cost }

const NO_USER: Parsed = {
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

async function derive(
  password: string,
  salt: Uint8Array,
  tagLength: number,
  cost: Cost,
  isKnownDevice = false,
): Promise<Buffer> {
  await slot(isKnownDevice ? knownWaiting : waiting, isKnownDevice ? KNOWN_WAITING_MAX : WAITING_MAX)
  try {
    return await argon2id('argon2id', { message: password, nonce: salt, tagLength, ...cost })
  } finally {
    const next = knownWaiting.shift() ?? waiting.shift()
    // The slot goes to the longest waiting hash; without one it becomes free.
    if (next === undefined) inFlight--
    else next()
  }
}

function slot(queue: (() => void)[], max: number): Promise<void> {
  if (inFlight < RUNNING_MAX) {
    inFlight++
    return Promise.resolve()
  }
  if (queue.length >= max) return Promise.reject(new PasswordQueueFull())
  return new Promise((resolve) => queue.push(resolve))
}

/** Base64 without padding, as the PHC string format has it. */
function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
