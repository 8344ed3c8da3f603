import type Database from 'libsql'
import {
  instantOf,
  type LineageAnswers,
  type LineageEdge,
  type LineageInput,
  type LineageRange,
  type LineageRun,
  type LineageSubject,
  type LineageVersion,
} from 'tidegate'
import { fromStored, toStored } from './text.ts'

type Row = Readonly<Record<string, string | number | null>>

/**
 * Edges of a subject, by recursion over the index of the current shapes. Without a depth, places alone are remembered, so that a cycle ends; with
 * one, (place, depth) pairs, of which there are finitely many.
 */
function walkSql(of: 'datasets' | 'fields', direction: 'upstream' | 'downstream', bounded: boolean): string {
  const [near, far] = direction === 'upstream' ? ['to_id', 'from_id'] : ['from_id', 'to_id']
  const edges = of === 'fields' ? 'edges' : 'dataset_edges'
  const names = (end: 'from' | 'to'): string => (of === 'fields' ? `${end}_field.dataset_id` : `e.${end}_id`)
  return `
WITH RECURSIVE
  current (shape_id, job_id) AS MATERIALIZED (
    SELECT (SELECT shape_id FROM events WHERE job_id = jobs.id AND type = 'COMPLETE' AND at <= :until ORDER BY at DESC, seq DESC LIMIT 1), id FROM jobs
  ),
  live AS MATERIALIZED (SELECT shape_id, job_id FROM current WHERE shape_id IS NOT NULL),
  reach (id${bounded ? ', depth' : ''}) AS (
    SELECT :start${bounded ? ', 0' : ''}
    UNION
    SELECT e.${far}${bounded ? ', reach.depth + 1' : ''} FROM reach JOIN ${edges} e ON e.${near} = reach.id
    WHERE e.shape_id IN (SELECT shape_id FROM live)${bounded ? ' AND reach.depth + 1 < :depth' : ''}
  )
SELECT from_set.namespace AS from_namespace, from_set.name AS from_name, to_set.namespace AS to_namespace, to_set.name AS to_name,
  jobs.namespace AS job_namespace, jobs.name AS job_name${of === 'fields' ? ', from_field.name AS from_column, to_field.name AS to_column, how, expression' : ''}
FROM (SELECT DISTINCT id FROM reach) near
JOIN ${edges} e ON e.${near} = near.id
JOIN live ON live.shape_id = e.shape_id
JOIN jobs ON jobs.id = live.job_id
${of === 'fields' ? 'JOIN fields from_field ON from_field.id = e.from_id JOIN fields to_field ON to_field.id = e.to_id' : ''}
JOIN datasets from_set ON from_set.id = ${names('from')}
JOIN datasets to_set ON to_set.id = ${names('to')}`
}

const runColumns = `runs.run_id, jobs.namespace AS job_namespace, jobs.name AS job_name, o.state, o.started_at, o.ended_at, o.version, o.rows, o.error`
const runTables = 'run_outputs o JOIN runs ON runs.id = o.run_id JOIN jobs ON jobs.id = o.job_id'

export function createAnswers(db: Database.Database, guard: <T>(work: () => T) => T): LineageAnswers {
  const prepared = new Map<string, Database.Statement>()
  const statement = (sql: string): Database.Statement => {
    const found = prepared.get(sql) ?? db.prepare(sql)
    prepared.set(sql, found)
    return found
  }
  const datasetId = ({ namespace, name }: LineageSubject): number | undefined => {
    return (
      statement('SELECT id FROM datasets WHERE namespace = ? AND name = ?').get(toStored(namespace), toStored(name)) as
        | { id: number }
        | undefined
    )?.id
  }
  const follow = (
    direction: 'upstream' | 'downstream',
    subject: LineageSubject,
    { depth, until }: LineageRange,
  ): LineageEdge[] => {
    const limit = until === undefined ? Number.MAX_SAFE_INTEGER : instantOf(until)
    const set = datasetId(subject)
    if (set === undefined || (depth !== undefined && depth < 1)) return []
    const { column } = subject
    const field = 'SELECT id FROM fields WHERE dataset_id = ? AND name = ?'
    const start =
      column === undefined ? set : (statement(field).get(set, toStored(column)) as { id: number } | undefined)?.id
    if (start === undefined) return []
    const sql = walkSql(column === undefined ? 'datasets' : 'fields', direction, depth !== undefined)
    const rows = statement(sql).all({
      start,
      until: limit,
      ...(depth === undefined ? {} : { depth }),
    } as never) as Row[]
    return rows.map(edgeOf)
  }
  const runs = (dataset: LineageSubject): LineageRun[] => {
    const id = datasetId(dataset)
    if (id === undefined) return []
    return (statement(`SELECT ${runColumns} FROM ${runTables} WHERE o.dataset_id = ?`).all(id) as Row[]).map(runOf)
  }
  const asOf = (dataset: LineageSubject, time: string): LineageVersion | undefined => {
    const limit = instantOf(time)
    const id = datasetId(dataset)
    if (id === undefined) return undefined
    const last = `SELECT events.seq, events.run_id FROM event_datasets d JOIN events ON events.seq = d.seq
      WHERE d.dataset_id = ? AND d.role = 'output' AND events.type = 'COMPLETE' AND events.at <= ? ORDER BY events.at DESC, events.seq DESC LIMIT 1`
    const found = statement(last).get(id, limit) as { readonly seq: number; readonly run_id: number } | undefined
    if (found === undefined) return undefined
    const run = statement(`SELECT ${runColumns} FROM ${runTables} WHERE o.dataset_id = ? AND o.run_id = ?`).get(
      id,
      found.run_id,
    ) as Row
    const inputs = `SELECT namespace, name, version FROM event_datasets d JOIN datasets ON datasets.id = d.dataset_id
      WHERE d.seq = ? AND d.role = 'input' ORDER BY d.position`
    return { run: runOf(run), inputs: (statement(inputs).all(found.seq) as Row[]).map(inputOf) }
  }
  return {
    upstream: async (subject, range) => guard(() => follow('upstream', subject, range)),
    downstream: async (subject, range) => guard(() => follow('downstream', subject, range)),
    runs: async (dataset) => guard(() => runs(dataset)),
    asOf: async (dataset, time) => guard(() => asOf(dataset, time)),
  }
}

const text = (value: string | number | null | undefined): string => fromStored(value as string)

/** A field of an object, or nothing where the cell is null. */
function optional<K extends string>(key: K, value: string | number | null | undefined): { readonly [P in K]?: string } {
  return (value === null || value === undefined ? {} : { [key]: text(value) }) as { readonly [P in K]?: string }
}

function edgeOf(row: Row): LineageEdge {
  const place = (end: 'from' | 'to'): LineageSubject => ({
    namespace: text(row[`${end}_namespace`]),
    name: text(row[`${end}_name`]),
    ...optional('column', row[`${end}_column`]),
  })
  const job = { namespace: text(row['job_namespace']), name: text(row['job_name']) }
  const how = row['how'] as LineageEdge['how']
  return {
    from: place('from'),
    to: place('to'),
    job,
    ...(how === undefined ? {} : { how }),
    ...optional('expression', row['expression']),
  }
}

function runOf(row: Row): LineageRun {
  return {
    runId: text(row['run_id']),
    job: { namespace: text(row['job_namespace']), name: text(row['job_name']) },
    state: row['state'] as LineageRun['state'],
    ...optional('startedAt', row['started_at']),
    ...optional('endedAt', row['ended_at']),
    ...optional('version', row['version']),
    ...(row['rows'] === null ? {} : { rows: row['rows'] as number }),
    ...optional('error', row['error']),
  }
}

function inputOf(row: Row): LineageInput {
  return { namespace: text(row['namespace']), name: text(row['name']), ...optional('version', row['version']) }
}
