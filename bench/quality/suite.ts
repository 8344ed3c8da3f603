/** The suite: 10 mixed columns, 16 rules, 1 % bad rows; the same rows and rules for everybody. */
import { compare, increasing, length, meanBetween } from '@tidegate/checks'
import type { Duck } from '@tidegate/duckdb'
import { type Batch, between, type Check, matches, notNull, oneOf, rowCount, unique } from 'tidegate'

export const countries = 'AT BE CH CZ DE DK ES FI FR GB GR HU IE IT LU NL NO PL PT RO SE SI SK'.split(' ')
export const statuses = ['open', 'paid', 'packed', 'shipped', 'returned', 'closed']
export const email = /^[a-z0-9._]+@[a-z0-9-]+\.[a-z]{2,}$/

const list = (texts: readonly string[]) => `[${texts.map((text) => `'${text}'`).join(', ')}]`

/** Rows by SQL alone: one row of a hundred is bad in one of eleven ways (`w`; 0: it is good). Dense ids in no order. */
export function rowsSql(rows: number): string {
  const prime = rows >= 10_000_000 ? 10_000_019 : 1_000_003
  return `SELECT
    CASE WHEN w = 1 THEN 1000000 ELSE 1000001 + (i * 7919) % ${prime} END AS id,
    CASE w WHEN 2 THEN NULL WHEN 3 THEN 1000 ELSE 1 + (hash(i + 3) % 100)::INTEGER END::INTEGER AS quantity,
    CASE WHEN w = 4 THEN -1 WHEN hash(i + 4) % 20 = 0 THEN NULL ELSE (hash(i + 5) % 10000000) / 1e2 END::DOUBLE AS amount,
    CASE WHEN w = 5 THEN 1.5 WHEN hash(i + 6) % 10 = 0 THEN NULL ELSE (hash(i + 7) % 1000) / 1e3 END::DOUBLE AS discount,
    TIMESTAMP '2024-01-01' + INTERVAL (CASE WHEN w = 6 THEN i - 100 ELSE i END) SECOND AS ordered,
    CASE WHEN w = 7 THEN TIMESTAMP '2023-01-01' WHEN hash(i + 8) % 5 = 0 THEN NULL
      ELSE TIMESTAMP '2024-01-01' + INTERVAL (i + (hash(i + 9) % 864000)::BIGINT) SECOND END AS shipped,
    CASE WHEN w = 8 THEN 'XX' ELSE ${list(countries)}[1 + (hash(i + 10) % ${countries.length})::INTEGER] END AS country,
    CASE WHEN w = 9 THEN NULL ELSE ${list(statuses)}[1 + (hash(i + 11) % ${statuses.length})::INTEGER] END AS status,
    CASE w WHEN 10 THEN 'user' || i || ' at example' WHEN 11 THEN 'twice@example.com'
      ELSE 'user.' || i || '@mail' || (hash(i + 12) % 1000) || '.com' END AS email,
    hash(i + 13) % 10 < 3 AS paid
  FROM (SELECT i, CASE WHEN hash(i + 1) % 100 = 0 THEN 1 + (hash(i + 2) % 11)::INTEGER ELSE 0 END AS w FROM range(${rows}) r(i))`
}

export function rulesFor(rows: number): readonly Check[] {
  return [
    notNull('quantity'),
    notNull('status'),
    notNull('paid'),
    between('quantity', 1, 100),
    between('amount', 0, 100_000),
    between('discount', 0, 1),
    oneOf('country', countries),
    oneOf('status', statuses),
    matches('email', email),
    length('email', { min: 6, max: 80 }),
    unique('id'),
    unique('email'),
    compare('ordered', '<=', 'shipped'),
    increasing('ordered'),
    meanBetween('amount', { min: 40_000, max: 60_000 }),
    rowCount(rows / 2, rows),
  ]
}

const inList = (texts: readonly string[]) => texts.map((text) => `'${text}'`).join(', ')

/** What each row rule fails, as SQL; null is unknown and passes. */
export const failing: Readonly<Record<string, string>> = {
  notNull_quantity: 'quantity IS NULL',
  notNull_status: 'status IS NULL',
  notNull_paid: 'paid IS NULL',
  between_quantity: 'quantity NOT BETWEEN 1 AND 100',
  between_amount: 'amount NOT BETWEEN 0 AND 100000',
  between_discount: 'discount NOT BETWEEN 0 AND 1',
  oneOf_country: `country NOT IN (${inList(countries)})`,
  oneOf_status: `status NOT IN (${inList(statuses)})`,
  matches_email: `NOT regexp_matches(email, '${email.source}')`,
  length_email: 'length(email) NOT BETWEEN 6 AND 80',
  compare: 'ordered > shipped',
  increasing: 'ordered < before',
}

/** One scan for the row rules, one group-by for each key. */
export const aggregatesSql = `SELECT * FROM
  (SELECT ${Object.entries(failing)
    .map(([name, sql]) => `count(*) FILTER (WHERE ${sql}) AS ${name}`)
    .join(', ')}, avg(amount) AS mean, count(*) AS rows
   FROM (SELECT *, lag(ordered) OVER () AS before FROM t)),
  (SELECT coalesce(sum(n), 0) AS unique_id FROM (SELECT count(*) AS n FROM t GROUP BY id HAVING n > 1)),
  (SELECT coalesce(sum(n), 0) AS unique_email FROM (SELECT count(*) AS n FROM t GROUP BY email HAVING n > 1))`

export async function inMemory(duck: Duck): Promise<readonly Batch[]> {
  const batches: Batch[] = []
  for await (const batch of duck.readBatches('SELECT * FROM t')) batches.push(batch)
  return batches
}
