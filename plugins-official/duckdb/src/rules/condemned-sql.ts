import { type Condemns, typeName } from 'tidegate'
import type { Answer, Ask } from './aggregate-sql.ts'
import { column, type RuleColumn, type RuleRelation, refuse } from './relation.ts'

/** Rules that condemn rows for what is in others, as statements of their own beside the one over all rows. */
export interface CondemnedSql {
  /** Rows that fail; undefined where the engine did not keep the order of rows. */
  failed(row: Answer): number | undefined
  /** Selects `n` of the failing rows, or at least of the first `samples` of them. */
  numbers(row: Answer): string
}

/** Throws `Untranslated`. */
export function condemnedSql(
  relation: RuleRelation,
  condemns: Condemns,
  samples: number,
  ask: Ask,
  askRows: Ask,
): CondemnedSql {
  return condemns.is === 'repeated'
    ? repeated(relation, condemns, samples, ask, askRows)
    : unordered(relation, condemns, ask, askRows)
}

function comparable(relation: RuleRelation, name: string): RuleColumn {
  const found = column(relation, name)
  const { type } = found.field
  return ['list', 'struct', 'binary', 'null'].includes(type.kind) ? refuse(`${name} is ${typeName(type)}`) : found
}

function repeated(
  relation: RuleRelation,
  { columns, lose, absent }: Extract<Condemns, { is: 'repeated' }>,
  samples: number,
  ask: Ask,
  askRows: Ask,
): CondemnedSql {
  const { from } = relation
  const keys = columns.map((name) => comparable(relation, name).sql)
  const none = keys.map((key) => `${key} IS NULL`).join(' OR ')
  const all = keys.map((key) => `${key} IS NOT NULL`).join(' AND ')
  const list = keys.join(', ')
  const repeatedKeys = `FROM ${from} WHERE ${all} GROUP BY ${list} HAVING count(*) > 1`
  const lost = lose === 'all' ? 'count(*)' : 'count(*) - 1'
  // Of a key's rows none is among the first that fail, unless the first of them is among the first of all keys.
  const firsts = samples === 0 ? `''` : `coalesce(array_to_string(min(f, ${samples}), ','), '')`
  const first = samples === 0 ? '' : ', min(n) AS f'
  const more = askRows(
    `SELECT coalesce(sum(k), 0)::BIGINT::VARCHAR || ':' || ${firsts} FROM (SELECT ${lost} AS k${first} ${repeatedKeys})`,
  )
  const absentRows = absent === 'fails' ? ask(`count(*) FILTER (WHERE ${none})`) : undefined
  const names = keys.map((key, i) => `${key} AS k${i}`).join(', ')
  const same = keys.map((key, i) => `a.${key} = k${i}`).join(' AND ')
  return {
    failed: (row) => Number.parseInt(String(more(row)), 10) + Number(absentRows?.(row) ?? 0),
    numbers(row) {
      const known = String(more(row)).split(':')[1] ?? ''
      const found =
        lose === 'later'
          ? `SELECT a.n FROM ${from} a JOIN (SELECT ${names}, min(n) AS f ${repeatedKeys}) ON ${same} WHERE a.n > f`
          : `SELECT a.n FROM ${from} a SEMI JOIN (SELECT ${names} FROM ${from} WHERE n IN (${known === '' ? -1 : known})) b ON ${same}`
      return absentRows === undefined ? found : `${found} UNION ALL SELECT n FROM ${from} WHERE ${none}`
    },
  }
}

/** Rows one after the other as they lie; should a thread overtake another, their numbers show it. */
function unordered(
  relation: RuleRelation,
  { column: name, sign, strict }: Extract<Condemns, { is: 'unordered' }>,
  ask: Ask,
  askRows: Ask,
): CondemnedSql {
  const { from } = relation
  const { sql, field } = comparable(relation, name)
  if (field.type.kind === 'boolean') refuse(`${name} is ${typeName(field.type)}`)
  const float = field.type.kind === 'float'
  const nan = `isnan(${sql})`
  const breaks = `v ${sign > 0 ? '<' : '>'}${strict ? '=' : ''} w`
  const pairs = `SELECT ${sql} AS v, lag(${sql}) OVER () AS w, n AS r, lag(n) OVER () AS s FROM ${from} WHERE ${sql} IS NOT NULL${float ? ` AND NOT ${nan}` : ''}`
  const broken = askRows(
    `SELECT CASE WHEN count(*) FILTER (WHERE r <= s) > 0 THEN NULL ELSE count(*) FILTER (WHERE ${breaks}) END FROM (${pairs})`,
  )
  const nans = float ? ask(`count(*) FILTER (WHERE ${nan})`) : undefined
  const found = `SELECT r AS n FROM (${pairs}) WHERE ${breaks}`
  return {
    failed: (row) => (broken(row) === null ? undefined : Number(broken(row)) + Number(nans?.(row) ?? 0)),
    numbers: () => (nans === undefined ? found : `${found} UNION ALL SELECT n FROM ${from} WHERE ${nan}`),
  }
}
