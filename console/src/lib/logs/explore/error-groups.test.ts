import type { RequestLogFilter } from '@latchkey/sdk'
import { expect, test } from 'vitest'
import { errorGroups } from './error-groups.ts'

type Asked = { field: string; filter?: RequestLogFilter | undefined; first?: number | undefined }

/** As the server counts: `codes` error codes, each at six endpoints. */
function counting(codes: number, partialOf?: string) {
  const asked: Asked[] = []
  const facets = (args: Asked) => {
    asked.push(args)
    const [name, length] = args.field === 'ERROR_CODE' ? ['code', codes] : ['/v1/', 6]
    const values = Array.from({ length }, (_, place) => ({
      value: `${name}${place}`,
      label: `${name}${place}`,
      count: 100 - place,
    }))
    return Promise.resolve({
      values: values.slice(0, args.first),
      partial: args.filter?.errorCode?.[0] === partialOf && partialOf !== undefined,
    })
  }
  return { asked, facets }
}
const { signal } = new AbortController()

test('the commonest codes come with all their endpoints, and with how many codes there are', async () => {
  const { asked, facets } = counting(13)
  const { groups, codes, partial } = await errorGroups(facets, { model: ['gpt-5'] }, 12, signal)
  expect(groups.map(({ code }) => code)).toEqual(Array.from({ length: 12 }, (_, place) => `code${place}`))
  expect(groups[0]?.endpoints).toHaveLength(6)
  expect({ codes, partial }).toEqual({ codes: 13, partial: false })
  // One question for the codes, and one for each that is shown, within the filter.
  expect(asked).toHaveLength(13)
  expect(asked[12]?.filter).toEqual({ model: ['gpt-5'], errorCode: ['code11'] })
})

test('what is counted in the newest calls alone is said also where it is one code', async () => {
  expect((await errorGroups(counting(3, 'code2').facets, {}, 12, signal)).partial).toBe(true)
  expect((await errorGroups(counting(3, 'code2').facets, {}, 2, signal)).partial).toBe(false)
})
