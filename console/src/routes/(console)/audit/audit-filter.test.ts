import { expect, it, vi } from 'vitest'
import { auditFilter, exportArgs } from './audit-filter.ts'

// Runes are compiled for a browser.
vi.mock('#lib/preferences/time-zone.svelte.ts', () => ({ currentZone: () => 'utc', intlZone: () => 'UTC' }))

const exported = (search: string) => exportArgs(auditFilter(new URLSearchParams(search)).filter ?? {})

it('exports what the filter of the screen shows, whatever its parts are', () => {
  expect(exported('')).toEqual({})
  expect(exported('actor=ADMIN_TOKEN&type=ApiKey&action=api_key.create&q=deploy')).toEqual({
    actorType: ['ADMIN_TOKEN'],
    targetType: 'ApiKey',
    action: ['api_key.create'],
    actor: 'deploy',
  })
  expect(exported('q=192.0.2.7')).toEqual({ ip: '192.0.2.7' })
  expect(exported('q=0193a1b2-c3d4-7000-8000-00000000abcd')).toEqual({
    requestId: '0193a1b2-c3d4-7000-8000-00000000abcd',
  })
  expect(exported('q=KEY_12')).toEqual({ targetId: 'key_12' })
  expect(exported('from=2026-11-10&to=2026-11-10')).toEqual({
    from: '2026-11-10T00:00:00.000Z',
    to: '2026-11-11T00:00:00.000Z',
  })
})
