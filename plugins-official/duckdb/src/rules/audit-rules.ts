import type { Aggregate, Check, CondemningRule, DatasetRule, Decision, RowRule } from 'tidegate'
import type { Duck } from '../duck.ts'
import { type Answer, type Ask, aggregateSql, type Read } from './aggregate-sql.ts'
import { condemnedSql } from './condemned-sql.ts'
import { predicateSql } from './predicate-sql.ts'
import { type RuleRelation, refuse, Untranslated } from './relation.ts'

/** What DuckDB found of one check: exactly what its code would have found. */
export interface Audited {
  readonly failed: number
  /** Of how many rows the rule speaks. */
  readonly of: number
  /** Of a rule over the whole dataset. */
  readonly decision?: Decision
  /** Numbers of the first failing rows, ascending, as many as were asked for. */
  readonly numbers: readonly number[]
}

export interface RuleAudit {
  /** Rows in all. */
  readonly rows: number
  readonly found: ReadonlyMap<Check, Audited>
  /** Checks that DuckDB cannot or must not decide, and why. */
  readonly left: ReadonlyMap<Check, string>
}

export interface AuditOptions {
  /** How many failing rows to number for each check. Default 0. */
  readonly samples?: number
  readonly signal?: AbortSignal
  /** More expressions over all rows that must be true; where one is not, nothing is decided. */
  readonly given?: readonly { readonly sql: string; readonly why: string }[]
}

/** Which checks are pushed down, in one statement, and what its row means. */
interface Plan {
  readonly rows: (row: Answer) => number
  readonly judges: ReadonlyMap<Check, Judge>
  readonly left: ReadonlyMap<Check, string>
  readonly given: readonly { readonly holds: (row: Answer) => boolean; readonly why: string }[]
  readonly sql: string
}

interface Judge {
  judge(row: Answer, rows: number, signal: AbortSignal): Promise<Omit<Audited, 'numbers'> | string>
  /** Selects `n` of failing rows; `sorted`: in the order of rows anyway. */
  readonly numbers?: { readonly sql: (row: Answer) => string; readonly sorted: boolean }
}

/**
 * Checks rows where they lie: one statement with all counts and measures, and one for the numbers of failing rows. A check is decided only where SQL says
 * exactly what its description says (null is unknown, NaN a value); all others are `left`, with a reason.
 * @throws `ENGINE_FAILED` where DuckDB fails, so that nothing is decided.
 */
export async function auditRules(
  duck: Duck,
  relation: RuleRelation,
  checks: readonly Check[],
  { samples = 0, signal = new AbortController().signal, given = [] }: AuditOptions = {},
): Promise<RuleAudit> {
  const plan = planAudit(relation, checks, samples, given)
  const left = new Map(plan.left)
  if (plan.judges.size === 0) return { rows: 0, found: new Map(), left }
  const answer = await firstRow(duck, plan.sql, signal)
  const rows = plan.rows(answer)
  const broken = plan.given.find(({ holds }) => !holds(answer))
  const found = new Map<Check, Audited>()
  for (const [check, judge] of plan.judges) {
    const verdict = broken?.why ?? (await judge.judge(answer, rows, signal))
    if (typeof verdict === 'string') left.set(check, verdict)
    else found.set(check, { ...verdict, numbers: [] })
  }
  const failing = [...found].flatMap(([check, { failed }]) => {
    const numbers = plan.judges.get(check)?.numbers
    return failed === 0 || samples === 0 || numbers === undefined
      ? []
      : [{ check, numbers, most: Math.min(failed, samples) }]
  })
  if (failing.length > 0) {
    const parts = failing.map(
      ({ numbers, most }, i) =>
        `(SELECT ${i} AS i, n FROM (${numbers.sql(answer)})${numbers.sorted ? '' : ' ORDER BY n'} LIMIT ${most})`,
    )
    const rowsOf = failing.map((): number[] => [])
    for await (const batch of duck.readBatches(parts.join(' UNION ALL '), { signal }))
      for (let row = 0; row < batch.length; row++)
        rowsOf[Number(batch.columns[0]?.at(row))]?.push(Number(batch.columns[1]?.at(row)))
    failing.forEach(({ check }, i) => {
      const numbers = (rowsOf[i] as number[]).sort((a, b) => a - b)
      found.set(check, { ...(found.get(check) as Audited), numbers })
    })
  }
  return { rows, found, left }
}

function planAudit(
  relation: RuleRelation,
  checks: readonly Check[],
  samples: number,
  given: NonNullable<AuditOptions['given']>,
): Plan {
  const items: string[] = []
  const apart: string[] = []
  const ask: Ask = (expression) => {
    const known = items.indexOf(expression)
    const name = `m${known < 0 ? items.push(expression) - 1 : known}`
    return (row) => row[name]
  }
  const askRows: Ask = (query) => {
    const known = apart.indexOf(query)
    const name = `a${known < 0 ? apart.push(query) - 1 : known}`
    return (row) => row[name]
  }
  const counted = ask('count(*)')
  const judges = new Map<Check, Judge>()
  const left = new Map<Check, string>()
  for (const check of checks) {
    const [before, beside] = [items.length, apart.length]
    try {
      judges.set(check, judgeOf(relation, check, samples, ask, askRows))
    } catch (error) {
      if (!(error instanceof Untranslated)) throw error
      left.set(check, error.why)
      items.length = before
      apart.length = beside
    }
  }
  const held = given.map(({ sql, why }) => {
    const read = ask(sql)
    return { holds: (row: Answer) => read(row) === true, why }
  })
  const main = `(SELECT ${items.map((item, i) => `${item} AS m${i}`).join(', ')} FROM ${relation.from})`
  const others = apart.map((query, i) => `(${query}) t${i}(a${i})`)
  return {
    rows: (row) => Number(counted(row)),
    judges,
    left,
    given: held,
    sql: `SELECT * FROM ${[main, ...others].join(', ')}`,
  }
}

function judgeOf(relation: RuleRelation, check: Check, samples: number, ask: Ask, askRows: Ask): Judge {
  const { rule } = check
  if (Object.keys(check.others ?? {}).length > 0) refuse('it looks at another dataset')
  if (rule.scope === 'row') return rowJudge(relation, rule, ask)
  if (rule.reads !== undefined && rule.reads.length > 0) refuse('it looks at more than the rows')
  return rule.scope === 'dataset'
    ? datasetJudge(relation, rule, ask, askRows)
    : condemningJudge(relation, rule, samples, ask, askRows)
}

function rowJudge(relation: RuleRelation, { predicate, explain }: RowRule, ask: Ask): Judge {
  if (predicate === undefined || explain !== undefined) return refuse('its code says what it says')
  const fails = predicateSql(relation, predicate.fails)
  const failed = ask(`count(*) FILTER (WHERE ${fails})`)
  const among =
    predicate.among === undefined
      ? undefined
      : ask(`count(*) FILTER (WHERE ${predicateSql(relation, predicate.among)})`)
  return {
    judge: async (row, rows) => ({ failed: Number(failed(row)), of: Number(among?.(row) ?? rows) }),
    numbers: { sql: () => `SELECT n FROM ${relation.from} WHERE ${fails}`, sorted: true },
  }
}

function datasetJudge(relation: RuleRelation, rule: DatasetRule, ask: Ask, askRows: Ask): Judge {
  const { aggregates } = rule
  if (aggregates === undefined) return refuse('its code says what it says')
  const reads = Object.keys(rule.measures).map((name): [string, Read] => [
    name,
    aggregateSql(relation, aggregates[name] ?? refuse('its code says what it says'), ask, askRows),
  ])
  const exact = Object.values(aggregates).every((aggregate: Aggregate) => aggregate.of !== 'sum')
  return {
    async judge(row, rows, signal) {
      const values: Record<string, unknown> = {}
      for (const [name, read] of reads) {
        const found = read(row)
        if (found === undefined)
          return exact ? 'the order of rows may decide it' : 'the order of rows may decide it, or its sum is too large'
        values[name] = found.value
      }
      const decision = await rule.decide(values, { now: 0, others: {}, history: [], signal })
      return { failed: 0, of: rows, decision }
    },
  }
}

function condemningJudge(
  relation: RuleRelation,
  { condemns }: CondemningRule,
  samples: number,
  ask: Ask,
  askRows: Ask,
): Judge {
  if (condemns === undefined) return refuse('its code says what it says')
  const sql = condemnedSql(relation, condemns, samples, ask, askRows)
  return {
    async judge(row, rows) {
      const failed = sql.failed(row)
      return failed === undefined ? 'DuckDB did not read the rows in their order' : { failed, of: rows }
    },
    numbers: { sql: sql.numbers, sorted: false },
  }
}

async function firstRow(duck: Duck, sql: string, signal: AbortSignal): Promise<Answer> {
  const row: Record<string, unknown> = {}
  for await (const { schema, columns } of duck.readBatches(sql, { signal }))
    schema.fields.forEach(({ name }, i) => {
      row[name] = columns[i]?.at(0)
    })
  return row
}
