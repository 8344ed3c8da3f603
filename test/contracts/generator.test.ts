import { defineGenerator, table } from 'tidegate'
import { generatorContract } from 'tidegate/testing'
import { describe, test } from 'vitest'
import { z } from 'zod'
import { foundOut } from './found-out.ts'

const Price = z.object({ symbol: z.string(), day: z.int32(), price: z.number() })
const options = z.object({ days: z.int().positive() })
type Draw = () => number
const walk = (days: number, random: Draw, from = 0) => {
  let price = 100
  const numbers = Array.from({ length: days }, (_, i) => i + from)
  return table(Price, {
    symbol: numbers.map(() => 'A'),
    day: numbers,
    price: numbers.map(() => (price *= 0.9 + random() / 5)),
  })
}

const prices = defineGenerator({ name: 'test/prices', options, load: ({ days }, { random }) => walk(days, random) })
const chunked = defineGenerator({
  name: 'test/chunked',
  options,
  schema: Price,
  async *load({ days }, { random }) {
    for (let from = 0; from < days; from += 4) yield walk(Math.min(4, days - from), random, from)
  },
})
const plain = defineGenerator({
  name: 'test/plain',
  options,
  load: ({ days }) => table({ day: Array.from({ length: days }, (_, i) => i) }),
})

const subjects = {
  'that makes one table': { node: () => prices({ days: 11 }), other: () => prices({ days: 12 }) },
  'that yields tables': { node: () => chunked({ days: 11 }), other: () => chunked({ days: 3 }) },
  'that draws nothing': { node: () => plain({ days: 5 }), other: () => plain({ days: 6 }), random: false },
}
for (const [title, subject] of Object.entries(subjects)) {
  describe(`a generator ${title}`, () => {
    for (const { name, run } of generatorContract({ module: import.meta.url, ...subject })) test(name, run)
  })
}

let calls = 0
const dice = defineGenerator({ name: 'test/dice', options, load: ({ days }) => walk(days, Math.random) })
const counting = defineGenerator({
  name: 'test/counting',
  options,
  load: ({ days }) => walk(days, () => calls++ / 1e6),
})
const deaf = defineGenerator({ name: 'test/deaf', options, load: () => walk(5, () => 0.5) })
const odd = defineGenerator({
  name: 'test/odd',
  options,
  schema: Price,
  load: ({ days }) => walk(days + calls++, () => 0.5),
})

describe('a generator that is broken is found out, where it', () => {
  const broken = {
    'throws dice of its own': ['makes the same data in every run with the same seed', dice, true],
    'counts its calls': ['makes the same data each time it is read in one run', counting, false],
    'draws nothing but says so': ['makes other data for another seed', deaf, true],
    'does not hear its options': ['makes other data, under another fingerprint, for other options', deaf, false],
    grows: ['makes the same rows for any batch size', odd, false],
  } as const
  for (const [title, [finding, make, random]] of Object.entries(broken)) {
    test(title, async () => {
      await foundOut(
        generatorContract({
          module: import.meta.url,
          node: () => make({ days: 5 }),
          other: () => make({ days: 6 }),
          random,
        }),
        finding,
      )
    })
  }
})
