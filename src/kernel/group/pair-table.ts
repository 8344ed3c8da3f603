import { createIntTable } from './int-table.ts'

/** Products of ids up to this many cells are looked up directly. */
const CELLS = 1 << 22

/**
 * Dense ids for pairs of ids, in order of first appearance: by a table over (left, right) while that is small, otherwise by hashing.
 * `pairs` holds them: id i is made of `pairs[2 * i]` and `pairs[2 * i + 1]`.
 */
export interface PairTable {
  readonly count: number
  readonly pairs: Int32Array
  /** `leftCount` and `rightCount` are above every id given. */
  ids(left: Int32Array, right: Int32Array, leftCount: number, rightCount: number): Int32Array
}

export function createPairTable(): PairTable {
  const table = createIntTable()
  let cells: Int32Array | undefined = new Int32Array(0)
  let stride = 1
  let rows = 0

  function makeRoom(leftCount: number, rightCount: number): void {
    if (cells === undefined || (leftCount <= rows && rightCount <= stride)) return
    const width = atLeast(stride, rightCount)
    const height = atLeast(rows, leftCount)
    if (width * height > CELLS) {
      cells = undefined
      return
    }
    stride = width
    rows = height
    cells = new Int32Array(width * height)
    for (let id = 0; id < table.count; id++) {
      cells[(table.words[2 * id] as number) * stride + (table.words[2 * id + 1] as number)] = id + 1
    }
  }
  return {
    get count() {
      return table.count
    },
    get pairs() {
      return table.words
    },
    ids(left, right, leftCount, rightCount) {
      const n = left.length
      const out = new Int32Array(n)
      makeRoom(leftCount, rightCount)
      if (cells === undefined) {
        for (let row = 0; row < n; row++) out[row] = table.add(left[row] as number, right[row] as number)
        return out
      }
      const [known, width] = [cells, stride]
      for (let row = 0; row < n; row++) {
        const at = (left[row] as number) * width + (right[row] as number)
        let id = known[at] as number
        if (id === 0) {
          id = table.add(left[row] as number, right[row] as number) + 1
          known[at] = id
        }
        out[row] = id - 1
      }
      return out
    },
  }
}

function atLeast(size: number, needed: number): number {
  let power = Math.max(1, size)
  while (power < needed) power *= 2
  return power
}
