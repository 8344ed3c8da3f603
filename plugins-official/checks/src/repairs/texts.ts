import { defineRepair } from 'tidegate'
import { z } from 'zod'
import { mapTexts } from './map-texts.ts'

const text = { kinds: ['string'], needs: 'text' } as const

/** White space (as `String.prototype.trim` knows it) is removed from both ends of the text; with `inner` each run of it inside becomes one space. */
export const trim = defineRepair({
  name: 'trim',
  options: z.object({ inner: z.boolean().optional() }),
  ...text,
  column: (_, { inner = false }) =>
    mapTexts(inner ? (value) => value.trim().replace(/\s+/g, ' ') : (value) => value.trim()),
})

/** Every letter becomes small, by the mappings of Unicode; the locale plays no part. */
export const lowerCase = defineRepair({
  name: 'lowerCase',
  ...text,
  column: () => mapTexts((value) => value.toLowerCase()),
})

/** Every letter becomes a capital, by the mappings of Unicode; the locale plays no part. */
export const upperCase = defineRepair({
  name: 'upperCase',
  ...text,
  column: () => mapTexts((value) => value.toUpperCase()),
})

/** Words begin with a capital and go on small: `new york` is `New York`, `o'neill` is `O'neill`. */
export const titleCase = defineRepair({
  name: 'titleCase',
  ...text,
  column: () =>
    mapTexts((value) =>
      value.replace(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/gu, (word) => {
        const [first = ''] = word
        return first.toUpperCase() + word.slice(first.length).toLowerCase()
      }),
    ),
})
