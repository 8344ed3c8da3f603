/** 226 rules on 80 columns: 20 integers, 30 floats with nulls, 20 texts of few values, 10 times; the same as one scan of SQL. */
import { length, meanBetween } from '@tidegate/checks'
import { between, type Check, matches, notNull, oneOf, rowCount } from 'tidegate'

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`)
const [integers, floats, texts, times] = [names('i', 20), names('f', 30), names('s', 20), names('t', 10)]
const cities = ['Berlin', 'Paris', 'Lima', 'Osaka', 'Accra', 'Quito', 'Oslo', 'Austin']
const list = cities.map((city) => `'${city}'`).join(', ')
const start = Date.UTC(2024, 0, 1)

export function wideSql(rows: number): string {
  const bad = (seed: number, value: string, otherwise: string) =>
    `CASE WHEN hash(i + ${seed}) % 100 = 0 THEN ${value} ELSE ${otherwise} END`
  const columns = [
    ...integers.map((name, c) => `${bad(c, '-5', `(hash(i * 3 + ${c}) % 1000)`)}::INTEGER AS ${name}`),
    ...floats.map((name, c) => `${bad(50 + c, 'NULL', `(hash(i * 5 + ${c}) % 100000) / 1e3`)}::DOUBLE AS ${name}`),
    ...texts.map(
      (name, c) => `${bad(100 + c, `'Nowhere'`, `[${list}][1 + (hash(i * 7 + ${c}) % 8)::INTEGER]`)} AS ${name}`,
    ),
    ...times.map((name, c) => `TIMESTAMP '2024-01-01' + INTERVAL (hash(i * 11 + ${c}) % 31536000) SECOND AS ${name}`),
  ]
  return `SELECT ${columns.join(', ')} FROM range(${rows}) r(i)`
}

/** 80 notNull, 60 between, 20 oneOf, 20 regular expressions, 20 lengths, 25 means, 1 count. */
export const wideRules: readonly Check[] = [
  ...[...integers, ...floats, ...texts, ...times].map((name) => notNull(name)),
  ...integers.map((name) => between(name, 0, 1000)),
  ...floats.map((name) => between(name, 0, 99.5)),
  ...times.map((name) => between(name, start, start + 300 * 86_400_000)),
  ...texts.map((name) => oneOf(name, cities)),
  ...texts.map((name) => matches(name, /^[A-Z][a-z]{3,5}$/)),
  ...texts.map((name) => length(name, { min: 4, max: 6 })),
  ...floats.slice(0, 25).map((name) => meanBetween(name, { min: 49, max: 51 })),
  rowCount(1),
]

const failing = [
  ...[...integers, ...floats, ...texts, ...times].map((name) => `${name} IS NULL`),
  ...integers.map((name) => `${name} NOT BETWEEN 0 AND 1000`),
  ...floats.map((name) => `${name} NOT BETWEEN 0 AND 99.5`),
  ...times.map((name) => `${name} NOT BETWEEN TIMESTAMP '2024-01-01' AND TIMESTAMP '2024-10-27'`),
  ...texts.map((name) => `${name} NOT IN (${list})`),
  ...texts.map((name) => `NOT regexp_matches(${name}, '^[A-Z][a-z]{3,5}$')`),
  ...texts.map((name) => `length(${name}) NOT BETWEEN 4 AND 6`),
]

export const wideAggregates = `SELECT ${[
  ...failing.map((sql, i) => `count(*) FILTER (WHERE ${sql}) AS r${i}`),
  ...floats.slice(0, 25).map((name) => `avg(${name}) AS m_${name}`),
  'count(*) AS rows',
].join(', ')} FROM w`
