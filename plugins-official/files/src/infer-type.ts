import { type Field, type LogicalType, type TimeUnit, typeName, types } from 'tidegate'
import { fit, seen } from './infer-bits.ts'
import type { ColumnState, Refutation, Ruling } from './infer-column.ts'

/** Why a column got its type: JSON, for people and for `tidegate sniff`. */
export interface ColumnEvidence {
  readonly name: string
  /** As in `int64`, `timestamp(ms, UTC)`. */
  readonly type: string
  /** How its cells spell it, where that is open: `ISO`, `D/M/YYYY`, `plain` for numbers. */
  readonly format?: string
  /** Cells looked at, and how many of them hold nothing. */
  readonly rows: number
  readonly absent: number
  /** Types that every value fits, the narrowest first. */
  readonly fits: readonly string[]
  /** For each type that was ruled out: the first value that did it, with its line. */
  readonly ruledOut: readonly (Refutation & { readonly type: string })[]
  /** The narrower type that came nearest: the last one to be ruled out, with the number of values that had fitted it. */
  readonly nearest?: Ruling & { readonly type: string }
  /** In words, where the choice needs them. */
  readonly note?: string
}

export interface InferredColumn {
  readonly field: Field
  readonly evidence: ColumnEvidence
}

const labels: readonly (readonly [bit: number, label: string])[] = [
  [fit.boolean, 'boolean'],
  [fit.int, 'int64'],
  [fit.float, 'float64'],
  [fit.iso, 'ISO date or timestamp'],
  [fit.time, 'time'],
  [fit.dmy, 'date D-M-YYYY'],
  [fit.mdy, 'date M-D-YYYY'],
  [fit.ymd, 'date YYYY-M-D'],
]

interface Decision {
  readonly type: LogicalType
  readonly format?: string
  readonly sees?: 'bigint'
  readonly note?: string
}

/** The type of a column: the narrowest that every value fits, by the rules of docs/formats/sniff.md. Always nullable: that nothing was absent so far is no rule. */
export function inferColumn(name: string, state: ColumnState, dateFormat?: string): InferredColumn {
  const { type, format, sees, note } = decide(state, dateFormat)
  const present = state.rows > state.absent
  const shown = present ? labels : []
  return {
    field: {
      name,
      type,
      nullable: true,
      ...(sees === undefined ? {} : { sees }),
      ...(format === undefined ? {} : { format }),
    },
    evidence: {
      name,
      type: typeName(type),
      ...(format === undefined ? {} : { format }),
      rows: state.rows,
      absent: state.absent,
      fits: [...shown.flatMap(([bit, label]) => ((state.fits & bit) !== 0 ? [label] : [])), 'string'],
      ruledOut: shown.flatMap(([bit, label]) => {
        const found = state.refuted.get(bit)
        if (found === undefined) return []
        const { after: _, ...refutation } = found
        return [{ type: label, ...refutation }]
      }),
      ...nearestTo(type, state),
      ...(note === undefined ? {} : { note }),
    },
  }
}

const narrower: Readonly<Record<string, number>> = {
  boolean: 0,
  int: 0,
  time: 0,
  float: fit.int,
  date: fit.dmy | fit.mdy | fit.ymd,
  timestamp: fit.dmy | fit.mdy | fit.ymd,
}

/** Of a text nothing is told where no value ever fitted another type; of a date only what told days from months. */
function nearestTo(type: LogicalType, state: ColumnState): Pick<ColumnEvidence, 'nearest'> {
  const among = narrower[type.kind] ?? -1
  let nearest: ColumnEvidence['nearest']
  for (const [bit, label] of labels) {
    const found = (among & bit) === 0 ? undefined : state.refuted.get(bit)
    if (found === undefined) continue
    if (type.kind === 'string' ? found.after === 0 : bit !== fit.int && !isOtherOrder(bit, state)) continue
    if (nearest === undefined || found.after > nearest.after) nearest = { type: label, ...found }
  }
  return nearest === undefined ? {} : { nearest }
}

function isOtherOrder(bit: number, { fits }: ColumnState): boolean {
  return (bit === fit.dmy && (fits & fit.mdy) !== 0) || (bit === fit.mdy && (fits & fit.dmy) !== 0)
}

function decide(state: ColumnState, dateFormat: string | undefined): Decision {
  const { fits, seen: was } = state
  const has = (bit: number) => (fits & bit) !== 0
  const present = state.rows > state.absent
  if (present && dateFormat !== undefined && has(fit.given))
    return { type: dateFormat.includes('H') ? types.timestamp(unitOf(was)) : types.date, format: dateFormat }
  if (!present) return { type: types.string, note: 'no value was seen, and text takes whatever comes later' }
  if (has(fit.boolean) && (was & seen.word) !== 0) return { type: types.boolean }
  if (has(fit.int)) {
    if ((was & seen.beyond53) === 0) return { type: types.int64, format: 'plain' }
    const found = told(state, seen.beyond53)
    return { type: types.int64, format: 'plain', sees: 'bigint', note: `seen as bigint: ${found} is beyond 2^53` }
  }
  if (has(fit.float) && has(fit.whole))
    return { type: types.string, note: 'whole numbers beyond 64 bits stay text, since float64 would lose digits' }
  if (has(fit.whole)) return { type: types.string, note: 'whole numbers of that length stay text' }
  if (has(fit.float))
    return (was & seen.number) !== 0
      ? { type: types.float64, format: 'plain' }
      : { type: types.string, note: 'names of infinities and NaN without any number stay text' }
  if (has(fit.iso)) return decideIso(state)
  if (has(fit.time)) return { type: types.time(unitOf(was)) }
  const orders = [fit.dmy, fit.mdy, fit.ymd].filter(has)
  if (orders.length > 0) return decideOrder(state, orders)
  return { type: types.string, ...noteOnNumbers(state) }
}

function decideIso(state: ColumnState): Decision {
  const { seen: was } = state
  if ((was & seen.clock) === 0) return { type: types.date, format: 'ISO' }
  if ((was & seen.zoned) === 0) return { type: types.timestamp(unitOf(was)), format: 'ISO' }
  if ((was & seen.unzoned) === 0 && (was & seen.days) === 0)
    return { type: types.timestamp(unitOf(was), 'UTC'), format: 'ISO' }
  return {
    type: types.string,
    note: `some timestamps name an offset (${told(state, seen.zoned)}) and others do not (${told(state, (was & seen.unzoned) !== 0 ? seen.unzoned : seen.days)}): instants and readings of a wall clock are not mixed`,
  }
}

const orderNames: Readonly<Record<number, readonly string[]>> = {
  [fit.dmy]: ['D', 'M', 'YYYY'],
  [fit.mdy]: ['M', 'D', 'YYYY'],
  [fit.ymd]: ['YYYY', 'M', 'D'],
}

function decideOrder({ fits, seen: was }: ColumnState, orders: readonly number[]): Decision {
  const separator = (fits & fit.slash) !== 0 ? '/' : (fits & fit.dot) !== 0 ? '.' : (fits & fit.dash) !== 0 ? '-' : ''
  const clock = (fits & fit.dayOnly) !== 0 ? '' : clockOf(fits)
  if (separator === '' || clock === undefined)
    return { type: types.string, note: 'dates are spelt in several ways: no one pattern reads all of them' }
  const patterns = orders.map((order) => `${(orderNames[order] as readonly string[]).join(separator)}${clock}`)
  const [pattern] = patterns as [string]
  if (patterns.length > 1)
    return {
      type: types.string,
      note: `every value fits ${patterns.join(' and ')}: nothing tells day from month, so it stays text. Give dateFormat: '${pattern}' or '${patterns[1]}'`,
    }
  return { type: clock === '' ? types.date : types.timestamp(unitOf(was)), format: pattern }
}

function clockOf(fits: number): string | undefined {
  const half = (fits & fit.hours24) === 0 ? ' A' : ''
  if ((fits & (fit.hours24 | fit.hours12)) === 0) return undefined
  if ((fits & fit.minutes) !== 0) return ` H:mm${half}`
  if ((fits & fit.seconds) !== 0) return ` H:mm:ss${half}`
  return (fits & fit.fractions) !== 0 ? ` H:mm:ss.S${half}` : undefined
}

function unitOf(was: number): TimeUnit {
  return (was & seen.nano) !== 0 ? 'ns' : (was & seen.micro) !== 0 ? 'us' : 'ms'
}

function told(state: ColumnState, bit: number): string {
  const found = state.firsts.get(bit)
  return found === undefined ? 'a value' : `${found.value} in line ${found.line}`
}

function noteOnNumbers(state: ColumnState): { readonly note?: string } {
  const hint = [...state.refuted.values()].find(({ value }) => /^"[+-]?\d+,\d+"$/.test(value))
  if (hint === undefined) return {}
  return { note: `${hint.value} in line ${hint.line} would be a number with decimal: ',' or thousands: ','` }
}
