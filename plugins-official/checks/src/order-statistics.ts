/** Values to be read several times, in pieces. */
export type Values = () => AsyncIterable<Float64Array>

/**
 * Exact quantiles of the finite values, interpolated linearly between neighbours (type 7 of Hyndman and Fan, 1996), in bounded memory: the
 * order-preserving 64 bits of a double are found 16 at a time from the top, one reading for each. Empty without values.
 */
export async function orderStatistics(all: Values, shares: readonly number[]): Promise<readonly number[]> {
  let total = 0
  for await (const values of all())
    for (let row = 0; row < values.length; row++) if (Number.isFinite(values[row] as number)) total++
  if (total === 0) return []
  const places = shares.map((share) => (total - 1) * share)
  const ranks = [...new Set(places.flatMap((place) => [Math.floor(place), Math.ceil(place)]))]
  const found = new Map<number, number>()
  const searches = ranks.map((rank) => ({ rank, left: rank, prefix: 0n }))
  for (let digit = 3; digit >= 0; digit--) {
    const counts = new Map<bigint, Float64Array>(searches.map(({ prefix }) => [prefix, new Float64Array(65_536)]))
    for await (const values of all()) countDigits(values, digit, counts)
    for (const search of searches) {
      const own = counts.get(search.prefix) as Float64Array
      let bucket = 0
      while (search.left >= (own[bucket] as number)) search.left -= own[bucket++] as number
      search.prefix = (search.prefix << 16n) | BigInt(bucket)
    }
  }
  for (const { rank, prefix } of searches) found.set(rank, doubleOf(prefix))
  return places.map((place) => {
    const low = found.get(Math.floor(place)) as number
    const high = found.get(Math.ceil(place)) as number
    return low + (high - low) * (place - Math.floor(place))
  })
}

/** Counts the 16 bits at `digit` of values whose bits above it are one of the prefixes. */
function countDigits(values: Float64Array, digit: number, counts: ReadonlyMap<bigint, Float64Array>): void {
  const words = new Uint16Array(1 * 4)
  const cell = new Float64Array(words.buffer)
  const prefixes = [...counts].map(([prefix, own]) => ({
    own,
    digits: Array.from({ length: 3 - digit }, (_, i) => Number((prefix >> BigInt(16 * (2 - digit - i))) & 0xffffn)),
  }))
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    if (!Number.isFinite(value)) continue
    cell[0] = value === 0 ? 0 : value // -0 is 0
    const flip = (words[3] as number) >= 0x8000
    search: for (const { own, digits } of prefixes) {
      for (let i = 0; i < digits.length; i++) if (ordered(words, 3 - i, flip) !== digits[i]) continue search
      const bucket = ordered(words, digit, flip)
      own[bucket] = (own[bucket] as number) + 1
    }
  }
}

/** Sixteen bits of a double whose order as an unsigned integer is that of the values: all bits flipped below 0, the sign bit otherwise. */
function ordered(words: Uint16Array, at: number, flip: boolean): number {
  const bits = words[at] as number
  return flip ? ~bits & 0xffff : at === 3 ? bits | 0x8000 : bits
}

function doubleOf(bits: bigint): number {
  const plain = bits >> 63n === 1n ? bits & ~(1n << 63n) : ~bits & 0xffff_ffff_ffff_ffffn
  return new Float64Array(BigUint64Array.of(plain).buffer)[0] as number
}
