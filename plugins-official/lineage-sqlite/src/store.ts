import { instantOf, type LineageEvent, type LineageFilter, type LineageStore } from 'tidegate'
import { createAnswers } from './answers.ts'
import { guarded, openDatabase } from './open.ts'
import { toStored } from './text.ts'
import { createWriter } from './writer.ts'

const pageRows = 200

/** A lineage store in the SQLite file at an absolute path. Several processes may use one file at the same time. */
export function createSqliteLineage(path: string): LineageStore {
  const db = openDatabase(path)
  const guard = <T>(work: () => T): T => guarded(path, work)
  const write = guard(() => createWriter(db))
  return {
    append: async (event) => guard(() => write([event])),
    appendAll: async (events) => guard(() => write(events)),
    async *events(filter = {}) {
      const { where, values } = conditions(filter)
      // Page by page: an open cursor would keep the log from being folded into the file.
      const { last } = guard(() => db.prepare('SELECT coalesce(max(seq), 0) AS last FROM events').get()) as {
        readonly last: number
      }
      const page = guard(() =>
        db.prepare(`SELECT seq, body FROM events WHERE seq > ? AND seq <= ? ${where} ORDER BY seq LIMIT ${pageRows}`),
      )
      for (let after = 0; ; ) {
        const rows = guard(() => page.all(after, last, ...values)) as { readonly seq: number; readonly body: string }[]
        for (const { body } of rows) yield guard(() => JSON.parse(body) as LineageEvent)
        if (rows.length < pageRows) return
        after = rows[rows.length - 1]?.seq as number
      }
    },
    answers: createAnswers(db, guard),
    async close() {
      if (db.open) db.close()
    },
  }
}

/** The filter as SQL that goes on after a first condition. */
function conditions({ namespace, job, dataset, runId, until }: LineageFilter): {
  readonly where: string
  readonly values: readonly (string | number)[]
} {
  const parts: string[] = []
  const values: (string | number)[] = []
  const add = (sql: string, ...given: readonly (string | number)[]): void => {
    parts.push(`AND ${sql}`)
    values.push(...given)
  }
  const space = namespace === undefined ? '' : ' AND namespace = ?'
  const spaces = namespace === undefined ? [] : [toStored(namespace)]
  if (runId !== undefined) add('run_id = (SELECT id FROM runs WHERE run_id = ?)', toStored(runId))
  if (job !== undefined) add(`job_id IN (SELECT id FROM jobs WHERE name = ?${space})`, toStored(job), ...spaces)
  if (dataset !== undefined) {
    const sets = `SELECT id FROM datasets WHERE name = ?${space}`
    add(`seq IN (SELECT seq FROM event_datasets WHERE dataset_id IN (${sets}))`, toStored(dataset), ...spaces)
  }
  if (job === undefined && dataset === undefined && namespace !== undefined)
    add('job_id IN (SELECT id FROM jobs WHERE namespace = ?)', toStored(namespace))
  if (until !== undefined) add('at <= ?', instantOf(until))
  return { where: parts.join(' '), values }
}
