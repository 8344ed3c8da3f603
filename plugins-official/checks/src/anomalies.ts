import type { Decision } from 'tidegate'

/** One earlier value, and when it was measured (epoch milliseconds, UTC). */
export interface Earlier {
  readonly at: number
  readonly value: number
}

export interface Judged {
  readonly name: string
  readonly value: number
  /** When it was measured. */
  readonly at: number
  /** Oldest first. */
  readonly earlier: readonly Earlier[]
  readonly limit: number
  /** How many earlier values are looked at, and how many must be there for a judgement. */
  readonly last: number
  readonly least: number
  readonly alpha: number
}

export type HistoryMethod = keyof typeof methods
interface Method {
  readonly limit: number
  readonly last: number
  readonly least: number
  judge(given: Judged): Decision
}

const day = 86_400_000

/**
 * Modified z-score of Iglewicz and Hoaglin ("How to Detect and Handle Outliers", ASQC Basic References in Quality Control 16, 1993): 0.6745 (x -
 * median) / MAD, MAD being the median of the distances from the median; beyond 3.5 a value is an outlier. Where MAD is 0, (x - median) / (1.2533 mean
 * distance), as in their section 3.3.
 */
function robustZ({ name, value, limit }: Judged, sample: readonly number[], of: string): Decision {
  const center = median(sample)
  const distances = sample.map((one) => Math.abs(one - center))
  const spread = median(distances)
  const average = distances.reduce((sum, one) => sum + one, 0) / distances.length
  const facts = `${name} is ${shown(value)}; ${of} have median ${shown(center)}, MAD ${shown(spread)}`
  if (average === 0) return constant(value, center, facts)
  const z = spread > 0 ? (0.6745 * (value - center)) / spread : (value - center) / (1.253314 * average)
  return { pass: Math.abs(z) <= limit, observed: `${facts}: robust z ${shown(z, 3)}, at most ${limit} is allowed` }
}

/**
 * Exponentially weighted mean and variance (T. Finch, "Incremental calculation of weighted mean and variance", 2009, section 9), the mean being the
 * forecast of Holt and Roberts (Technometrics 1, 1959); the limit is a number of standard deviations.
 */
function ewma({ name, value, limit, alpha }: Judged, sample: readonly number[], of: string): Decision {
  let mean = sample[0] as number
  let variance = 0
  for (const one of sample.slice(1)) {
    const distance = one - mean
    mean += alpha * distance
    variance = (1 - alpha) * (variance + alpha * distance * distance)
  }
  const deviation = Math.sqrt(variance)
  const facts = `${name} is ${shown(value)}; ${of} have weighted mean ${shown(mean)}, standard deviation ${shown(deviation)}`
  if (deviation === 0) return constant(value, mean, facts)
  const away = (value - mean) / deviation
  return {
    pass: Math.abs(away) <= limit,
    observed: `${facts}: ${shown(away, 3)} deviations away, at most ${limit} are allowed`,
  }
}

function relativeChange({ name, value, limit }: Judged, sample: readonly number[]): Decision {
  const before = sample.at(-1) as number
  const facts = `${name} is ${shown(value)}; the last snapshot has ${shown(before)}`
  if (before === 0) return constant(value, before, facts)
  const change = (value - before) / Math.abs(before)
  return {
    pass: Math.abs(change) <= limit,
    observed: `${facts}: a change of ${shown(100 * change, 3)} %, at most ${shown(100 * limit)} % is allowed`,
  }
}

const counted = (sample: readonly unknown[], what = 'snapshots') => `the last ${sample.length} ${what}`
const lastOf = ({ earlier, last }: Judged) => earlier.slice(-last).map(({ value }) => value)

export const methods = {
  'robust-z': {
    limit: 3.5,
    last: 20,
    least: 8,
    judge: (given) => judged(given, lastOf(given), (sample) => robustZ(given, sample, counted(sample))),
  },
  ewma: {
    limit: 3,
    last: 60,
    least: 8,
    judge: (given) => judged(given, lastOf(given), (sample) => ewma(given, sample, counted(sample))),
  },
  weekly: {
    limit: 3.5,
    last: 8,
    least: 4,
    judge: (given) =>
      judged(
        given,
        sameWeekday(given).slice(-given.last),
        (sample) => robustZ(given, sample, counted(sample, 'snapshots of this weekday')),
        'snapshots of this weekday',
      ),
  },
  'relative-change': {
    limit: 0.5,
    last: 1,
    least: 1,
    judge: (given) => judged(given, lastOf(given), (sample) => relativeChange(given, sample)),
  },
} as const satisfies Readonly<Record<string, Method>>

function judged(
  { name, value, least }: Judged,
  sample: readonly number[],
  judge: (sample: readonly number[]) => Decision,
  what = 'snapshots',
): Decision {
  if (sample.length < least) {
    const far = `${sample.length} earlier ${what}, ${least} are needed for a judgement`
    return { pass: true, observed: `${name} is ${shown(value)}; ${far}` }
  }
  return judge(sample)
}

/** Of each earlier day of the same weekday (UTC), the value measured nearest to this time of the day. */
function sameWeekday({ at, earlier }: Judged): readonly number[] {
  const today = Math.floor(at / day)
  const time = at - today * day
  const nearest = new Map<number, Earlier>()
  const apart = (one: Earlier) => Math.abs(one.at - Math.floor(one.at / day) * day - time)
  for (const one of earlier) {
    const then = Math.floor(one.at / day)
    if (then >= today || (today - then) % 7 !== 0) continue
    const known = nearest.get(then)
    if (known === undefined || apart(one) <= apart(known)) nearest.set(then, one)
  }
  return [...nearest.values()].map(({ value }) => value)
}

/** Nothing ever varied: only rounding is allowed. */
function constant(value: number, always: number, facts: string): Decision {
  const pass = Math.abs(value - always) <= 1e-9 * Math.max(Math.abs(value), Math.abs(always))
  return { pass, observed: pass ? facts : `${facts}: it never varied before` }
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

export function shown(value: number, digits = 6): string {
  return String(Number(value.toPrecision(digits)))
}
