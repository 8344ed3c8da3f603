import { createHash } from 'node:crypto'
import type Database from 'libsql'
import {
  instantOf,
  type LineageEvent,
  type LineageJob,
  type LineageSubject,
  lineageEdges,
  lineageRun,
  versionOf,
} from 'tidegate'
import { toStored } from './text.ts'

const hashOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32)

const statements = {
  event: 'INSERT OR IGNORE INTO events (hash, type, at, job_id, run_id, shape_id, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
  known: 'SELECT seq FROM events WHERE hash = ?',
  job: 'INSERT INTO jobs (namespace, name) VALUES (?, ?) ON CONFLICT DO UPDATE SET name = name RETURNING id',
  dataset: 'INSERT INTO datasets (namespace, name) VALUES (?, ?) ON CONFLICT DO UPDATE SET name = name RETURNING id',
  field: 'INSERT INTO fields (dataset_id, name) VALUES (?, ?) ON CONFLICT DO UPDATE SET name = name RETURNING id',
  shape: 'INSERT OR IGNORE INTO shapes (hash) VALUES (?)',
  shapeId: 'SELECT id FROM shapes WHERE hash = ?',
  datasetEdge: 'INSERT INTO dataset_edges (shape_id, from_id, to_id) VALUES (?, ?, ?)',
  edge: 'INSERT INTO edges (shape_id, from_id, to_id, how, expression) VALUES (?, ?, ?, ?, ?)',
  place: 'INSERT INTO event_datasets (seq, role, position, dataset_id, version) VALUES (?, ?, ?, ?, ?)',
  run: `INSERT INTO runs (run_id, job_id, state, started_at, ended_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_id) DO UPDATE SET
    state = CASE excluded.state WHEN 'running' THEN state ELSE excluded.state END,
    started_at = coalesce(excluded.started_at, started_at), ended_at = coalesce(excluded.ended_at, ended_at) RETURNING id`,
  output: `INSERT INTO run_outputs (dataset_id, run_id, job_id, state, started_at, ended_at, version, rows, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (dataset_id, run_id) DO UPDATE SET job_id = excluded.job_id,
    state = CASE excluded.state WHEN 'running' THEN state ELSE excluded.state END,
    started_at = coalesce(excluded.started_at, started_at), ended_at = coalesce(excluded.ended_at, ended_at),
    version = coalesce(excluded.version, version), rows = coalesce(excluded.rows, rows), error = coalesce(excluded.error, error)`,
} as const

/** Appends events in one transaction, each once. Ids never change, so that they are remembered; after a rollback nothing is. */
export function createWriter(db: Database.Database): (events: readonly LineageEvent[]) => void {
  const prepared = Object.fromEntries(
    Object.entries(statements).map(([name, sql]) => [name, db.prepare(sql)]),
  ) as Record<keyof typeof statements, Database.Statement>
  const ids = new Map<string, number>()
  const idOf = (kind: 'job' | 'dataset' | 'field', a: string | number, b: string): number => {
    const key = JSON.stringify([kind, a, b])
    const known = ids.get(key)
    if (known !== undefined) return known
    const { id } = prepared[kind].get(typeof a === 'number' ? a : toStored(a), toStored(b)) as { readonly id: number }
    ids.set(key, id)
    return id
  }
  const job = ({ namespace, name }: LineageJob): number => idOf('job', namespace, name)
  const dataset = ({ namespace, name }: LineageSubject): number => idOf('dataset', namespace, name)
  const field = (place: LineageSubject): number => idOf('field', dataset(place), place.column as string)

  const shapeOf = (event: LineageEvent): number | null => {
    if (event.eventType !== 'COMPLETE') return null
    const edges = lineageEdges(event)
    const hash = hashOf(JSON.stringify([event.job.namespace, event.job.name, edges]))
    const remembered = ids.get(hash)
    if (remembered !== undefined) return remembered
    const fresh = prepared.shape.run(hash).changes > 0
    const { id } = prepared.shapeId.get(hash) as { readonly id: number }
    ids.set(hash, id)
    if (!fresh) return id
    for (const { from, to, how, expression } of edges) {
      if (from.column === undefined) prepared.datasetEdge.run(id, dataset(from), dataset(to))
      else prepared.edge.run(id, field(from), field(to), how, expression === undefined ? null : toStored(expression))
    }
    return id
  }

  const write = (event: LineageEvent): void => {
    const body = JSON.stringify(event)
    const hash = hashOf(body)
    if (prepared.known.get(hash) !== undefined) return
    const jobId = job(event.job)
    const told = lineageRun(event, { namespace: '', name: '' })
    const times = [told.startedAt ?? null, told.endedAt ?? null] as const
    const { id: runId } = prepared.run.get(toStored(told.runId), jobId, told.state, ...times) as { readonly id: number }
    const at = instantOf(event.eventTime)
    const seq = prepared.event.run(hash, event.eventType, at, jobId, runId, shapeOf(event), body).lastInsertRowid
    event.inputs.forEach((input, position) => {
      prepared.place.run(seq, 'input', position, dataset(input), storedOrNull(versionOf(input)))
    })
    const seen = new Set<number>()
    event.outputs.forEach((output, position) => {
      const datasetId = dataset(output)
      prepared.place.run(seq, 'output', position, datasetId, storedOrNull(versionOf(output)))
      if (seen.has(datasetId)) return
      seen.add(datasetId)
      const { state, version, rows, error } = lineageRun(event, output)
      prepared.output.run(
        datasetId,
        runId,
        jobId,
        state,
        ...times,
        storedOrNull(version),
        rows ?? null,
        storedOrNull(error),
      )
    })
  }

  return (events) => {
    db.exec('BEGIN IMMEDIATE')
    try {
      for (const event of events) write(event)
      db.exec('COMMIT')
    } catch (error) {
      ids.clear()
      if (db.inTransaction) db.exec('ROLLBACK')
      throw error
    }
  }
}

function storedOrNull(text: string | undefined): string | null {
  return text === undefined ? null : toStored(text)
}
