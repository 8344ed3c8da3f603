/**
 * DDSketch (Masson, Rim, Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019), never
 * collapsed: bucket k counts values in (g^(k-1), g^k] with g = (1 + a) / (1 - a), and stands for 2 g^k / (g + 1), which is within a of each of
 * them. Up to 256 values are kept as they are. What it holds depends on the multiset of values alone.
 */
export const RELATIVE_ERROR = 0.005
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const LOG_GAMMA = Math.log(GAMMA)
const EXACT = 256

export interface QuantileSketch {
  add(value: number): void
  /** A state made by `toDoubles`. */
  merge(state: Float64Array): void
  /** `[n, values...]` in ascending order while exact (n <= 256), otherwise `[n, least, greatest, nan, (key, count)...]`. */
  toDoubles(): Float64Array
  quantile(p: number): number | undefined
}

/** A bucket: its sign and key in one number that orders as the values do; zero and the infinities have their own. */
type Bucket = number
const OFFSET = 1_000_000

export function createQuantileSketch(): QuantileSketch {
  let exact: number[] | undefined = []
  const buckets = new Map<Bucket, number>()
  let n = 0
  let nan = 0
  let least = Number.POSITIVE_INFINITY
  let greatest = Number.NEGATIVE_INFINITY

  function put(value: number, times: number): void {
    if (value < least) least = value
    if (value > greatest) greatest = value
    if (Number.isNaN(value)) nan += times
    else putBucket(bucketOf(value), times)
  }
  function putBucket(bucket: Bucket, times: number): void {
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + times)
  }
  function widen(): void {
    for (const value of exact ?? []) put(value, 1)
    exact = undefined
  }
  function add(value: number): void {
    n++
    if (exact !== undefined && exact.length < EXACT) {
      exact.push(value)
      return
    }
    if (exact !== undefined) widen()
    put(value, 1)
  }
  const sorted = () => [...buckets].sort(([a], [b]) => a - b)

  function at(ranks: readonly [number, number]): readonly [number, number] {
    const found: number[] = []
    let seen = 0
    for (const [bucket, times] of sorted()) {
      seen += times
      while (found.length < 2 && seen > (ranks[found.length] as number)) {
        found.push(Math.min(greatest, Math.max(least, middleOf(bucket))))
      }
    }
    return found as unknown as readonly [number, number]
  }
  return {
    add,
    merge(state) {
      const more = state[0] as number
      if (more <= EXACT) {
        for (let i = 1; i < state.length; i++) add(state[i] as number)
        return
      }
      if (exact !== undefined) widen()
      n += more
      least = Math.min(least, state[1] as number)
      greatest = Math.max(greatest, state[2] as number)
      nan += state[3] as number
      for (let i = 4; i < state.length; i += 2) putBucket(state[i] as number, state[i + 1] as number)
    },
    toDoubles: () =>
      exact === undefined
        ? Float64Array.from([n, least, greatest, nan, ...sorted().flat()])
        : Float64Array.from([n, ...Float64Array.from(exact).sort()]),
    quantile(p) {
      if (n === 0) return undefined
      const rank = p * (n - 1)
      const below = Math.floor(rank)
      if (exact !== undefined) {
        const values = Float64Array.from(exact).sort()
        if (Number.isNaN(values[n - 1] as number)) return Number.NaN
        return between(values[below] as number, values[Math.min(n - 1, below + 1)] as number, rank - below)
      }
      if (nan > 0) return Number.NaN
      const [low, high] = at([below, Math.min(n - 1, below + 1)])
      if (below === 0 && rank === 0) return least
      return rank === n - 1 ? greatest : between(low, high, rank - below)
    },
  }
}

/** Linear interpolation, as type 7 of Hyndman and Fan (1996); without arithmetic where there is nothing between. */
function between(low: number, high: number, share: number): number {
  if (share === 0 || low === high) return low
  return Number.isFinite(high - low) ? low + (high - low) * share : low * (1 - share) + high * share
}

function bucketOf(value: number): Bucket {
  if (value === 0) return 0
  const size = Math.abs(value)
  const key = (size === Number.POSITIVE_INFINITY ? OFFSET / 2 : Math.ceil(Math.log(size) / LOG_GAMMA)) + OFFSET
  return value > 0 ? key : -key
}

function middleOf(bucket: Bucket): number {
  if (bucket === 0) return 0
  const key = Math.abs(bucket) - OFFSET
  const size = key === OFFSET / 2 ? Number.POSITIVE_INFINITY : Math.exp(key * LOG_GAMMA) * (2 / (GAMMA + 1))
  return bucket > 0 ? size : -size
}
