import { createHash } from 'node:crypto'

/**
 * Uniform numbers in [0, 1) with 53 random bits each, the same sequence for the same seed text on every machine.
 * Source: sfc32 by Chris Doty-Humphrey (PractRand 0.93, `sfc.h`), period about 2^127 on average and at least 2^32; seeded with sha256 of the text.
 */
export function createRandom(seedText: string): () => number {
  const seed = createHash('sha256').update(seedText, 'utf8').digest()
  let a = seed.readInt32LE(0)
  let b = seed.readInt32LE(4)
  let c = seed.readInt32LE(8)
  let counter = 1
  function next(): number {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum
  }
  for (let i = 0; i < 12; i++) next()
  return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992
}
