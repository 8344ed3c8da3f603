import { type Aggregate, typeName } from 'tidegate'
import { isWide, wholeKind } from './ordered.ts'
import { anyColumn, column, type RuleColumn, type RuleRelation, refuse } from './relation.ts'

/** Adds an expression to a statement and says where in its one row the value will stand. Expressions that were added before are not added again. */
export type Ask = (expression: string) => (row: Answer) => unknown
export type Answer = Readonly<Record<string, unknown>>

/** The value of a measure, as its own code would have given it; undefined where that cannot be told apart from the other side of a decision. */
export type Read = (row: Answer) => { readonly value: unknown } | undefined

/**
 * A measure as expressions over all rows. Whole numbers and decimals are exact. DuckDB adds floats in an order of its own: the error of such a sum is
 * at most n * 2^-53 times the sum of the magnitudes (Higham, Accuracy and Stability of Numerical Algorithms, section 4.2), and where a bound lies
 * within twice that, the value is not used. Throws `Untranslated`.
 */
export function aggregateSql(relation: RuleRelation, aggregate: Aggregate, ask: Ask, askRows: Ask): Read {
  const name = aggregate.column
  if (aggregate.of === 'rows') return always(ask('count(*)'))
  if (name === undefined) return refuse('it names no column')
  if (aggregate.of === 'presence') {
    const [present, rows] = [ask(`count(${anyColumn(relation, name).sql})`), ask('count(*)')]
    return (row) => ({ value: { present: present(row), rows: rows(row) } })
  }
  const place = column(relation, name)
  switch (aggregate.of) {
    case 'distinct':
      if (['list', 'struct', 'binary'].includes(place.field.type.kind)) unfit(place)
      return always(
        askRows(
          `SELECT count(*) FROM (SELECT ${place.sql} FROM ${relation.from} WHERE ${place.sql} IS NOT NULL GROUP BY 1)`,
        ),
      )
    case 'min':
    case 'max':
      return extreme(place, aggregate.of, ask)
    case 'mean':
    case 'sum':
      return place.field.type.kind === 'float'
        ? floatTotal(place, aggregate, ask)
        : wholeTotal(place, aggregate.of, ask)
    case 'stdev':
      return spread(place, aggregate, ask)
    default:
      return refuse('DuckDB does not know what it measures')
  }
}

function unfit({ field }: RuleColumn): never {
  return refuse(`${field.name} is ${typeName(field.type)}`)
}

function always(read: (row: Answer) => unknown): Read {
  return (row) => ({ value: read(row) })
}

function extreme(place: RuleColumn, of: 'min' | 'max', ask: Ask): Read {
  const { sql, field } = place
  const { type } = field
  if (type.kind === 'float') {
    const [value, nans] = [ask(`${of}(${sql})::DOUBLE`), ask(`count(*) FILTER (WHERE isnan(${sql}))`)]
    return (row) => ({ value: Number(nans(row)) > 0 ? Number.NaN : value(row) })
  }
  const kind = wholeKind(type) ?? unfit(place)
  if (type.kind === 'date' || type.kind === 'timestamp') {
    const stored =
      type.kind === 'date'
        ? `${of}(${sql}) - DATE '1970-01-01'`
        : type.unit === 'ns'
          ? `epoch_ns(${of}(${sql}))`
          : `epoch_us(${of}(${sql})) // ${type.unit === 'us' ? 1 : type.unit === 'ms' ? 1000 : 1_000_000}`
    const value = ask(`(${stored})::VARCHAR`)
    return (row) => ({ value: value(row) === null ? null : kind.seen(BigInt(String(value(row)))) })
  }
  const value = ask(`${of}(${sql})::VARCHAR`)
  return (row) => {
    const text = value(row)
    if (text === null) return { value: null }
    const whole = digits(text)
    return { value: isWide(type) && field.sees === 'bigint' ? whole : kind.seen(whole) }
  }
}

/** `-12.30` is -1230 hundredths. */
function digits(text: unknown): bigint {
  return BigInt(String(text).replace('.', ''))
}

function wholeTotal(place: RuleColumn, of: 'mean' | 'sum', ask: Ask): Read {
  const { sql, field } = place
  const { type, sees } = field
  if (type.kind !== 'int' && type.kind !== 'decimal') unfit(place)
  const [sum, count] = [ask(`sum(${sql})::VARCHAR`), ask(`count(${sql})`)]
  const scale = type.kind === 'decimal' ? type.scale : 0
  return (row) => {
    const n = Number(count(row))
    if (n === 0 && of === 'mean') return { value: null }
    const total = n === 0 ? 0n : digits(sum(row))
    const plain = scale === 0 ? Number(total) : Number(`${total}e-${scale}`)
    if (of === 'mean') return { value: plain / n }
    if (type.kind === 'decimal') return { value: plain }
    const most = sees === 'bigint' ? 2n ** 63n - 1n : BigInt(Number.MAX_SAFE_INTEGER)
    if (total > most || total < -most) return undefined
    return { value: sees === 'bigint' ? total : Number(total) }
  }
}

function floatTotal({ sql }: RuleColumn, { of, turns }: Aggregate, ask: Ask): Read {
  const [sum, size, count] = [ask(`sum(${sql}::DOUBLE)`), ask(`sum(abs(${sql}::DOUBLE))`), ask(`count(${sql})`)]
  return (row) => {
    const n = Number(count(row))
    if (n === 0) return { value: of === 'mean' ? null : 0 }
    const [total, magnitude] = [Number(sum(row)), Number(size(row))]
    const value = of === 'mean' ? total / n : total
    const slack = n * 2 ** -51 * magnitude * (of === 'mean' ? 1 / n : 1)
    return isClear(value, slack, turns) ? { value } : undefined
  }
}

/** Its error grows with how small it is beside the mean (Chan, Golub, LeVeque 1983, table 2). */
function spread(place: RuleColumn, { turns }: Aggregate, ask: Ask): Read {
  const { sql, field } = place
  if (!['int', 'float', 'decimal'].includes(field.type.kind)) unfit(place)
  const value = `${sql}::DOUBLE`
  const finite = `FILTER (WHERE isfinite(${value}))`
  const [stdev, mean] = [ask(`stddev_samp(${value}) ${finite}`), ask(`avg(${value}) ${finite}`)]
  const [count, sound] = [ask(`count(${sql})`), ask(`count(*) ${finite}`)]
  return (row) => {
    const n = Number(count(row))
    if (Number(sound(row)) !== n) return undefined
    if (n < 2) return { value: null }
    const [found, middle] = [Number(stdev(row)), Number(mean(row))]
    const condition = Math.hypot(1, middle / found)
    return condition < 1e6 && isClear(found, found * n * 2 ** -50 * condition, turns) ? { value: found } : undefined
  }
}

function isClear(value: number, slack: number, turns: Aggregate['turns'] = []): boolean {
  if (!Number.isFinite(value) || !Number.isFinite(slack)) return false
  return turns.every((turn) => Math.abs(Number(turn) - value) > slack)
}
