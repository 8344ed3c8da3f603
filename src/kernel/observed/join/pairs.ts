import type { JoinIndex } from './index.ts'

/** Backing rows that stand side by side in a join's result, -1 where a side has none. `left` undefined: every left row once, in place. */
export interface Pairs {
  readonly left: Int32Array | undefined
  readonly right: Int32Array
}

export interface JoinShape {
  readonly keepLeft: boolean
  readonly keepRight: boolean
  /**
   * Results in order of the left rows, unmatched ones in their place, whatever the sizes of the tables: what row-wise steps need. Otherwise as Arquero
   * orders them: by the larger table, then unmatched left rows, then unmatched right rows.
   */
  readonly leftMajor: boolean
  /** Found by a predicate, pair by pair, not by keys: Arquero then goes by the left table even if it is the smaller one. */
  readonly byLoop?: boolean
}

/** `groups`: per backing row of the left table its group in the index. `rows`: the visible left rows, undefined for all of them. */
export function equiPairs(index: JoinIndex, groups: Int32Array, rows: Int32Array | undefined, shape: JoinShape): Pairs {
  const n = rows?.length ?? groups.length
  if (index.only !== undefined && (shape.leftMajor || n >= index.rows.length)) {
    const pairs = matchOnce(index.only, groups, rows, shape)
    return shape.keepRight ? withLonely(pairs, index) : pairs
  }
  return arrange(listMatches(index, groups, rows), rows ?? n, index.rows, shape)
}

/**
 * Each left row has one match or none; rows without one stay in place or come last. Whether a row has one cannot be foretold, so that rows are
 * written first and kept by moving on.
 */
function matchOnce(only: Int32Array, groups: Int32Array, rows: Int32Array | undefined, shape: JoinShape): Pairs {
  const n = rows?.length ?? groups.length
  const right = new Int32Array(n)
  // Group -1 is the entry before the first.
  const rowOf = new Int32Array(only.length + 1)
  rowOf[0] = -1
  rowOf.set(only, 1)
  let missed = 0
  for (let i = 0; i < n; i++) {
    const row = rowOf[(groups[rows === undefined ? i : (rows[i] as number)] as number) + 1] as number
    right[i] = row
    missed -= row >> 31
  }
  if (missed === 0 || (shape.keepLeft && shape.leftMajor)) return { left: rows, right }
  const left = new Int32Array(n)
  const lonely = new Int32Array(shape.keepLeft ? missed + 1 : 1)
  const step = shape.keepLeft ? 1 : 0
  let to = 0
  let last = 0
  for (let i = 0; i < n; i++) {
    const row = rows === undefined ? i : (rows[i] as number)
    const found = right[i] as number
    left[to] = row
    right[to] = found
    lonely[last] = row
    to += 1 + (found >> 31)
    last -= (found >> 31) * step
  }
  if (!shape.keepLeft) return { left: left.subarray(0, to), right: right.subarray(0, to) }
  left.set(lonely.subarray(0, missed), to)
  right.fill(-1, to)
  return { left, right }
}

/** With the right rows that no left row matches, at the end. */
function withLonely(pairs: Pairs, { rows }: JoinIndex): Pairs {
  const n = pairs.right.length
  let size = 0
  for (let i = 0; i < rows.length; i++) size = Math.max(size, (rows[i] as number) + 1)
  const hit = new Uint8Array(size)
  for (let i = 0; i < n; i++) if ((pairs.right[i] as number) >= 0) hit[pairs.right[i] as number] = 1
  let lonely = 0
  for (let i = 0; i < rows.length; i++) if (hit[rows[i] as number] === 0) lonely++
  if (lonely === 0) return pairs
  const left = new Int32Array(n + lonely)
  const right = new Int32Array(n + lonely)
  right.set(pairs.right)
  left.fill(-1, n)
  if (pairs.left !== undefined) left.set(pairs.left)
  else for (let i = 0; i < n; i++) left[i] = i
  let to = n
  for (let i = 0; i < rows.length; i++) if (hit[rows[i] as number] === 0) right[to++] = rows[i] as number
  return { left, right }
}

/** Matches as positions in both tables, ordered by left, then right. */
export interface Matches {
  readonly left: Int32Array
  readonly right: Int32Array
}

function listMatches({ starts, positions }: JoinIndex, groups: Int32Array, rows: Int32Array | undefined): Matches {
  const n = rows?.length ?? groups.length
  let count = 0
  for (let i = 0; i < n; i++) {
    const group = groups[rows === undefined ? i : (rows[i] as number)] as number
    if (group >= 0) count += (starts[group + 1] as number) - (starts[group] as number)
  }
  const left = new Int32Array(count)
  const right = new Int32Array(count)
  let to = 0
  for (let i = 0; i < n; i++) {
    const group = groups[rows === undefined ? i : (rows[i] as number)] as number
    if (group < 0) continue
    for (let p = starts[group] as number; p < (starts[group + 1] as number); p++) {
      left[to] = i
      right[to++] = positions[p] as number
    }
  }
  return { left, right }
}

/** Turns matches into rows, in the order and with the unmatched rows that `shape` asks for. `leftRows`: a number for that many rows in place. */
export function arrange(
  matches: Matches,
  leftRows: Int32Array | number,
  rightRows: Int32Array,
  shape: JoinShape,
): Pairs {
  const nLeft = typeof leftRows === 'number' ? leftRows : leftRows.length
  const hitLeft = new Uint8Array(nLeft)
  const hitRight = new Uint8Array(rightRows.length)
  for (const position of matches.left) hitLeft[position] = 1
  for (const position of matches.right) hitRight[position] = 1
  const inPlace = shape.keepLeft && shape.leftMajor ? withUnmatched(matches, hitLeft) : matches
  const { left, right } =
    shape.leftMajor || nLeft >= rightRows.length || shape.byLoop === true ? inPlace : byRight(matches, rightRows.length)
  const lonelyLeft = shape.keepLeft && !shape.leftMajor ? unmatched(hitLeft) : []
  const lonelyRight = shape.keepRight ? unmatched(hitRight) : []
  const total = left.length + lonelyLeft.length + lonelyRight.length
  const out = { left: new Int32Array(total).fill(-1), right: new Int32Array(total).fill(-1) }
  const leftRow = (position: number) => (typeof leftRows === 'number' ? position : (leftRows[position] as number))
  for (let i = 0; i < left.length; i++) {
    out.left[i] = leftRow(left[i] as number)
    if ((right[i] as number) >= 0) out.right[i] = rightRows[right[i] as number] as number
  }
  let to = left.length
  for (const position of lonelyLeft) out.left[to++] = leftRow(position)
  for (const position of lonelyRight) out.right[to++] = rightRows[position] as number
  return out
}

function unmatched(hits: Uint8Array): number[] {
  const out: number[] = []
  for (let i = 0; i < hits.length; i++) if (hits[i] === 0) out.push(i)
  return out
}

function withUnmatched(matches: Matches, hits: Uint8Array): Matches {
  const total = matches.left.length + unmatched(hits).length
  const left = new Int32Array(total)
  const right = new Int32Array(total)
  let from = 0
  let to = 0
  for (let i = 0; i < hits.length; i++) {
    if (hits[i] === 0) {
      left[to] = i
      right[to++] = -1
    }
    for (; from < matches.left.length && matches.left[from] === i; from++) {
      left[to] = i
      right[to++] = matches.right[from] as number
    }
  }
  return { left, right }
}

/** The same matches ordered by right, then left: a stable counting sort. */
function byRight(matches: Matches, size: number): Matches {
  const starts = new Int32Array(size + 1)
  for (const position of matches.right) starts[position + 1] = (starts[position + 1] as number) + 1
  for (let i = 0; i < size; i++) starts[i + 1] = (starts[i + 1] as number) + (starts[i] as number)
  const left = new Int32Array(matches.left.length)
  const right = new Int32Array(matches.left.length)
  for (let i = 0; i < left.length; i++) {
    const position = matches.right[i] as number
    const to = starts[position] as number
    starts[position] = to + 1
    left[to] = matches.left[i] as number
    right[to] = position
  }
  return { left, right }
}
