import type { Owner } from '@latchkey/sdk'
import { describe, expect, it } from 'vitest'
import { sortedOwners } from './sort-owners.ts'

const owner = (id: string, name: string, keyCount: number) => ({ id, name, keyCount }) as Owner
const owners = [owner('1', 'Search', 18), owner('2', 'Acme', 15), owner('3', 'Growth', 20)]
const usage = { spend: (id: string) => ({ '1': '10', '2': '9.5' })[id] }
const names = (sort: string) => sortedOwners(owners, sort, usage).map(({ name }) => name)

describe('the order of owners', () => {
  it('is by name, keys or spend, in both directions', () => {
    expect(names('name')).toEqual(['Acme', 'Growth', 'Search'])
    expect(names('-keys')).toEqual(['Growth', 'Search', 'Acme'])
    // By value and not by text; what is not known counts least.
    expect(names('spend')).toEqual(['Growth', 'Acme', 'Search'])
    expect(names('-spend')).toEqual(['Search', 'Acme', 'Growth'])
  })

  it('stays as the server has it for another word', () => {
    expect(names('')).toEqual(['Search', 'Acme', 'Growth'])
    expect(names('-constructor')).toEqual(['Search', 'Acme', 'Growth'])
  })
})
