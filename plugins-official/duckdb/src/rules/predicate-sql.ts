import { type Constant, type Predicate, sameType, typeName } from 'tidegate'
import { quoteText } from '../quote.ts'
import {
  compareExact,
  doubleLiteral,
  exactly,
  firstKeeping,
  isWide,
  textLiteral,
  type WholeKind,
  wholeKind,
} from './ordered.ts'
import { re2Of } from './pattern.ts'
import { anyColumn, column, type RuleColumn, type RuleRelation, refuse } from './relation.ts'

type Of<Is extends Predicate['is']> = Extract<Predicate, { readonly is: Is }>

/**
 * A predicate as SQL: true, false, and NULL where it is unknown, for every value alike. DuckDB's NaN is above all numbers and equal to itself, its
 * AND, OR and NOT are Kleene's. Throws `Untranslated` where there is no such SQL.
 */
export function predicateSql(relation: RuleRelation, predicate: Predicate): string {
  switch (predicate.is) {
    case 'absent':
      return `${anyColumn(relation, predicate.column).sql} IS NULL`
    case 'within':
      return withinSql(column(relation, predicate.column), predicate)
    case 'listed':
      return listedSql(column(relation, predicate.column), predicate.values)
    case 'matched':
      return matchedSql(column(relation, predicate.column), predicate)
    case 'long':
      return longSql(column(relation, predicate.column), predicate)
    case 'compared':
      return comparedSql(column(relation, predicate.left), column(relation, predicate.right), predicate)
    case 'not':
      return `NOT (${predicateSql(relation, predicate.of)})`
    case 'every':
    case 'some': {
      const word = predicate.is === 'every' ? ' AND ' : ' OR '
      return predicate.of.map((inner) => `(${predicateSql(relation, inner)})`).join(word)
    }
    default:
      return refuse('DuckDB does not know what it says')
  }
}

/** False where a value is present. */
function never(sql: string): string {
  return `CASE WHEN ${sql} IS NULL THEN NULL ELSE FALSE END`
}

function unfit({ field }: RuleColumn): never {
  return refuse(`${field.name} is ${typeName(field.type)}`)
}

function withinSql(place: RuleColumn, { min, max, strict, exact }: Of<'within'>): string {
  const { sql, field } = place
  if (field.type.kind === 'float') return floatsWithin(sql, min, max, strict, exact)
  const kind = wholeKind(field.type) ?? unfit(place)
  const days = field.type.kind === 'date' && !exact
  const side = (value: bigint, bound: number | bigint): number => {
    if (bound === Number.POSITIVE_INFINITY) return -1
    if (bound === Number.NEGATIVE_INFINITY) return 1
    if (exact || field.type.kind === 'int')
      return field.type.kind === 'date'
        ? compareExact(exactly(kind.seen(value)), exactly(bound))
        : compareExact({ digits: value, exponent: kind.exponent }, exactly(bound))
    return days ? Number(value) - Number(bound) / 86_400_000 : kind.seen(value) - Number(bound)
  }
  const { least, most } = kind
  const low =
    min === undefined
      ? least
      : firstKeeping(least, most, (value) => side(value, min) >= 0 && !(strict && side(value, min) === 0))
  const above =
    max === undefined
      ? undefined
      : firstKeeping(least, most, (value) => side(value, max) > 0 || (strict && side(value, max) === 0))
  const high = above === undefined ? most : above - 1n
  const edges = [
    min !== undefined && (low === undefined || low === least) && min,
    above === undefined || above === least ? max : undefined,
  ]
  if (field.type.kind !== 'int' && field.type.kind !== 'decimal')
    for (const bound of edges)
      if (typeof bound === 'bigint' || Number.isFinite(bound)) refuse('its bound lies too far away')
  if (low === undefined || high < low) return never(sql)
  if (low === least && high === most) return `CASE WHEN ${sql} IS NULL THEN NULL ELSE TRUE END`
  if (low === least) return `${sql} <= ${kind.literal(high)}`
  return high === most
    ? `${sql} >= ${kind.literal(low)}`
    : `${sql} BETWEEN ${kind.literal(low)} AND ${kind.literal(high)}`
}

/** The upper bound stands even where it is infinite: it is what NaN fails. */
function floatsWithin(
  sql: string,
  min: number | bigint | undefined,
  max: number | bigint | undefined,
  strict: boolean,
  exact: boolean,
): string {
  for (const bound of [min, max])
    if (exact && typeof bound === 'bigint' && BigInt(Number(bound)) !== bound) refuse('its bound is no double')
  const value = `${sql}::DOUBLE`
  const high = doubleLiteral(max === undefined ? Number.POSITIVE_INFINITY : Number(max))
  const below = strict && max !== undefined ? '<' : '<='
  if (min === undefined) return `${value} ${below} ${high}`
  const low = doubleLiteral(Number(min))
  return strict ? `(${value} > ${low} AND ${value} ${below} ${high})` : `${value} BETWEEN ${low} AND ${high}`
}

function listedSql(place: RuleColumn, values: readonly Constant[]): string {
  const { sql, field } = place
  const { type } = field
  if (type.kind === 'string')
    return inList(
      sql,
      values.map((text) => textLiteral(String(text)) ?? refuse('a text is no UTF-8')),
    )
  if (type.kind === 'boolean') return inList(sql, values.filter((value) => typeof value === 'boolean').map(String))
  const numbers = values.flatMap((value) => numberFor(value, isWide(type)))
  if (type.kind === 'float')
    return inList(
      `${sql}::DOUBLE`,
      numbers.map((number) => doubleLiteral(Number(number))),
      sql,
    )
  const kind = wholeKind(type) ?? unfit(place)
  const ranges = numbers.flatMap((number) => rangeOf(number, kind, type.kind !== 'int' && type.kind !== 'decimal'))
  const single = ranges.filter(([low, high]) => low === high).map(([low]) => kind.literal(low))
  const wide = ranges.filter(([low, high]) => low < high)
  const tests = wide.map(([low, high]) => `${sql} BETWEEN ${kind.literal(low)} AND ${kind.literal(high)}`)
  if (single.length > 0 || tests.length === 0) tests.push(inList(sql, single))
  return tests.length === 1 ? (tests[0] as string) : `(${tests.join(' OR ')})`
}

/** 64-bit integers equal whole numbers alone, and exactly; other cells are doubles. */
function numberFor(value: Constant, wide: boolean): readonly (number | bigint)[] {
  if (typeof value !== 'number' && typeof value !== 'bigint') return []
  if (wide) return typeof value === 'bigint' || Number.isInteger(value) ? [BigInt(value)] : []
  return typeof value === 'number' || BigInt(Number(value)) === value ? [Number(value)] : []
}

function inList(sql: string, literals: readonly string[], plain = sql): string {
  return literals.length === 0 ? never(plain) : `${sql} IN (${literals.join(', ')})`
}

/** The whole numbers that are seen as this number. */
function rangeOf(number: number | bigint, { least, most, seen }: WholeKind, bounded: boolean): [bigint, bigint][] {
  if (typeof number === 'bigint') return number < least || number > most ? [] : [[number, number]]
  if (!Number.isFinite(number)) return []
  const low = firstKeeping(least, most, (value) => seen(value) >= number)
  if (bounded && (low === undefined || low === least)) refuse('a value lies too far away')
  if (low === undefined || seen(low) !== number) return []
  const above = firstKeeping(least, most, (value) => seen(value) > number)
  return [[low, above === undefined ? most : above - 1n]]
}

function matchedSql(place: RuleColumn, { source, flags }: Of<'matched'>): string {
  if (place.field.type.kind !== 'string') unfit(place)
  const pattern = re2Of(source, flags.replace('g', '')) ?? refuse('its pattern may mean something else to DuckDB')
  return `regexp_matches(${place.sql}, ${quoteText(pattern)})`
}

function longSql(place: RuleColumn, { min, max }: Of<'long'>): string {
  if (place.field.type.kind !== 'string') unfit(place)
  const low = Math.ceil(min)
  const high = Math.min(Math.floor(max), Number.MAX_SAFE_INTEGER)
  return `length(${place.sql}) BETWEEN ${low} AND ${high}`
}

const sqlOperators = { '<': '<', '<=': '<=', '==': '=', '!=': '<>', '>=': '>=', '>': '>' } as const

function comparedSql(a: RuleColumn, b: RuleColumn, { operator, nulls }: Of<'compared'>): string {
  const [left, right] = [a.field.type, b.field.type]
  const floats = left.kind === 'float' && right.kind === 'float'
  const alike = sameType(left, right) && !['list', 'struct', 'binary', 'null'].includes(left.kind)
  if (!alike && !floats && !(left.kind === 'int' && right.kind === 'int'))
    refuse(`${a.field.name} is ${typeName(left)} and ${b.field.name} ${typeName(right)}`)
  const plain = `${a.sql} ${sqlOperators[operator]} ${b.sql}`
  const none = `${a.sql} IS NULL OR ${b.sql} IS NULL`
  const nan = `isnan(${a.sql}) OR isnan(${b.sql})`
  const kept = !floats ? plain : operator === '!=' ? `(${plain} OR ${nan})` : `(${plain} AND NOT (${nan}))`
  if (nulls === 'unknown') return floats ? `CASE WHEN ${none} THEN NULL ELSE ${kept} END` : kept
  const both = operator === '==' || operator === '<=' || operator === '>='
  const either = operator === '!='
  return `CASE WHEN ${a.sql} IS NULL AND ${b.sql} IS NULL THEN ${both} WHEN ${none} THEN ${either} ELSE ${kept} END`
}
