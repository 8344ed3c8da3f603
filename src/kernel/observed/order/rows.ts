import type { SortKey, SortWord } from './words.ts'

/** Digits that many rows repay are wide: fewer passes against more counters. */
const narrowDigit = 11
const wideDigit = 16
const many = 1 << 18
/** Below this comparing is cheaper than counting. */
const few = 128

/**
 * The positions 0 to n - 1 in the order of `keys`, equal ones in their order: a radix sort of the words, least significant digit first (Knuth, The
 * Art of Computer Programming 3, section 5.2.5), of the first word only where it tells nearly all rows apart; runs that are left are compared.
 */
export function sortPositions(n: number, keys: readonly SortKey[]): Int32Array {
  if (n < few) return identity(n).sort(comparator(keys))
  const until = keys.findIndex(({ rest }) => rest !== undefined)
  const words = packed((until < 0 ? keys : keys.slice(0, until + 1)).flatMap((key) => key.words))
  const [head] = words
  if (head === undefined) return identity(n)
  if (words.length > 1 && isSelective(head, n)) {
    const { rows, words: heads } = byWord(identity(n), head, true, true)
    return settleRuns(rows, [heads], comparator([{ words: words.slice(1) }, ...tail(keys, until)]))
  }
  let order = identity(n)
  for (let w = words.length - 1; w >= 0; w--)
    order = byWord(order, words[w] as SortWord, w === words.length - 1, false).rows
  if (until < 0) return order
  const inOrder = words.map(({ values }) => gatherWords(values, order))
  return settleRuns(order, inOrder, comparator(tail(keys, until)))
}

/** What is still to be compared where all words up to those of key `until` agree. */
function tail(keys: readonly SortKey[], until: number): readonly Partial<SortKey>[] {
  if (until < 0) return []
  return [{ rest: (keys[until] as SortKey).rest as (a: number, b: number) => number }, ...keys.slice(until + 1)]
}

function identity(n: number): Int32Array {
  const out = new Int32Array(n)
  for (let i = 0; i < n; i++) out[i] = i
  return out
}

/** The same order in fewer words: the bits of all words are one row of bits, cut anew after every 32. */
function packed(words: readonly SortWord[]): readonly SortWord[] {
  const out: SortWord[] = []
  for (const { values, bits } of words) {
    const last = out.at(-1)
    const room = last === undefined ? 0 : 32 - last.bits
    if (last === undefined || room === 0) {
      out.push({ values, bits })
      continue
    }
    const left = Math.max(0, bits - room)
    const moved = bits - left
    const front = new Uint32Array(values.length)
    for (let i = 0; i < front.length; i++)
      front[i] = ((last.values[i] as number) << moved) | ((values[i] as number) >>> left)
    out[out.length - 1] = { values: front, bits: last.bits + moved }
    if (left === 0) continue
    const back = new Uint32Array(values.length)
    const mask = 2 ** left - 1
    for (let i = 0; i < back.length; i++) back[i] = (values[i] as number) & mask
    out.push({ values: back, bits: left })
  }
  return out
}

const sampled = 1024

/** Whether hardly any two rows have the same word, judged by a sample, which decides the way and not the result. */
function isSelective({ values, bits }: SortWord, n: number): boolean {
  if (bits < 16 || n < sampled) return false
  const seen = new Set<number>()
  const step = Math.floor(n / sampled)
  for (let i = 0; i < sampled; i++) seen.add(values[i * step] as number)
  return seen.size >= sampled - 2
}

function gatherWords(values: Uint32Array, order: Int32Array): Uint32Array {
  const out = new Uint32Array(order.length)
  for (let i = 0; i < out.length; i++) out[i] = values[order[i] as number] as number
  return out
}

/** A stable sort of `order` by one word, with the words in the new order where these are asked for. `fresh`: the order is still 0, 1, 2, ... */
function byWord(order: Int32Array, { values, bits }: SortWord, fresh: boolean, wordsToo: boolean) {
  const n = order.length
  const passes = Math.ceil(bits / (n < many ? narrowDigit : wideDigit))
  const width = Math.ceil(bits / passes)
  let rows = order
  let words = fresh ? values : gatherWords(values, order)
  const counts = countDigits(words, passes, width)
  let last = passes - 1
  while (last >= 0 && isTrivial(counts, last, width, words, n)) last--
  for (let pass = 0; pass <= last; pass++) {
    if (isTrivial(counts, pass, width, words, n)) continue
    const starts = counts.subarray(pass << width, (pass + 1) << width)
    let start = 0
    for (let digit = 0; digit < starts.length; digit++) {
      const size = starts[digit] as number
      starts[digit] = start
      start += size
    }
    const nextRows = new Int32Array(n)
    if (pass === last && !wordsToo) {
      scatterRows(rows, words, starts, pass * width, nextRows)
    } else {
      const nextWords = new Uint32Array(n)
      scatterBoth(rows, words, starts, pass * width, nextRows, nextWords)
      words = nextWords
    }
    rows = nextRows
  }
  return { rows, words }
}

function countDigits(words: Uint32Array, passes: number, width: number): Uint32Array {
  const counts = new Uint32Array(passes << width)
  const mask = (1 << width) - 1
  for (let pass = 0; pass < passes; pass++) {
    const base = pass << width
    const shift = pass * width
    for (let i = 0; i < words.length; i++) {
      const digit = base + (((words[i] as number) >>> shift) & mask)
      counts[digit] = (counts[digit] as number) + 1
    }
  }
  return counts
}

/** Whether all words have the same digit in this pass. */
function isTrivial(counts: Uint32Array, pass: number, width: number, words: Uint32Array, n: number): boolean {
  if (n === 0) return true
  const digit = ((words[0] as number) >>> (pass * width)) & ((1 << width) - 1)
  return counts[(pass << width) + digit] === n
}

function scatterRows(rows: Int32Array, words: Uint32Array, starts: Uint32Array, shift: number, out: Int32Array): void {
  const mask = starts.length - 1
  for (let i = 0; i < rows.length; i++) {
    const digit = ((words[i] as number) >>> shift) & mask
    const to = starts[digit] as number
    starts[digit] = to + 1
    out[to] = rows[i] as number
  }
}

function scatterBoth(
  rows: Int32Array,
  words: Uint32Array,
  starts: Uint32Array,
  shift: number,
  outRows: Int32Array,
  outWords: Uint32Array,
): void {
  const mask = starts.length - 1
  for (let i = 0; i < rows.length; i++) {
    const word = words[i] as number
    const digit = (word >>> shift) & mask
    const to = starts[digit] as number
    starts[digit] = to + 1
    outRows[to] = rows[i] as number
    outWords[to] = word
  }
}

function comparator(keys: readonly Partial<SortKey>[]): (a: number, b: number) => number {
  const steps = keys.flatMap(({ words = [], rest }) => [
    ...words.map(
      ({ values }) =>
        (a: number, b: number) =>
          (values[a] as number) - (values[b] as number),
    ),
    ...(rest === undefined ? [] : [rest]),
  ])
  return (a, b) => {
    for (const step of steps) {
      const found = step(a, b)
      if (found !== 0) return found
    }
    return 0
  }
}

const shortest = 16

/** Sorts each run of rows that agree in all words, in place and stable. `words` stand in the order of `order`. */
function settleRuns(
  order: Int32Array,
  words: readonly Uint32Array[],
  compare: (a: number, b: number) => number,
): Int32Array {
  const n = order.length
  let start = 0
  for (let i = 1; i <= n; i++) {
    if (i < n && agree(words, i - 1, i)) continue
    if (i - start > shortest) order.subarray(start, i).sort(compare)
    else if (i - start > 1) insertionSort(order, start, i, compare)
    start = i
  }
  return order
}

function agree(words: readonly Uint32Array[], a: number, b: number): boolean {
  for (const values of words) if (values[a] !== values[b]) return false
  return true
}

function insertionSort(order: Int32Array, start: number, end: number, compare: (a: number, b: number) => number): void {
  for (let i = start + 1; i < end; i++) {
    const row = order[i] as number
    let to = i
    for (; to > start && compare(order[to - 1] as number, row) > 0; to--) order[to] = order[to - 1] as number
    order[to] = row
  }
}

/** Positions that may be among the first `count` by `word`, in their order; undefined where that would be most of them. */
export function candidates({ values }: SortWord, count: number): Int32Array | undefined {
  const n = values.length
  let least = 0xffffffff
  let most = 0
  for (let i = 0; i < n; i++) {
    const value = values[i] as number
    if (value < least) least = value
    if (value > most) most = value
  }
  const shift = Math.max(0, 32 - Math.clz32(most - least) - 12)
  const counts = new Uint32Array(4096)
  for (let i = 0; i < n; i++) {
    const bucket = ((values[i] as number) - least) >>> shift
    counts[bucket] = (counts[bucket] as number) + 1
  }
  let bucket = -1
  let found = 0
  while (found < count && bucket < 4095) found += counts[++bucket] as number
  if (found > n / 2) return undefined
  const out = new Int32Array(found)
  let to = 0
  for (let i = 0; i < n; i++) if (((values[i] as number) - least) >>> shift <= bucket) out[to++] = i
  return out
}
