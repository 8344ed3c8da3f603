import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'
import { isTidegateError, TidegateError } from 'tidegate'
import { applicationId, schema, schemaVersion } from './schema.ts'

/** How long a writer waits for another process, in milliseconds. */
const patience = 10_000

/**
 * Opens the file, or makes it with its folder. Write-ahead log: readers and one writer at a time do not disturb each other, and a killed writer
 * leaves what it had committed. Throws `LINEAGE_FAILED`.
 */
export function openDatabase(path: string): Database.Database {
  return guarded(path, () => {
    mkdirSync(dirname(path), { recursive: true })
    const db = new Database(path, { timeout: patience })
    try {
      // Changing to WAL does not wait for others by itself.
      retried(() => db.pragma('journal_mode = WAL'))
      db.pragma('synchronous = NORMAL')
      retried(() => prepareSchema(db, path))
      return db
    } catch (error) {
      db.close()
      throw error
    }
  })
}

function prepareSchema(db: Database.Database, path: string): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    const version = numberOf(db, 'user_version')
    const application = numberOf(db, 'application_id')
    const tables = (db.prepare('SELECT count(*) AS n FROM sqlite_master').get() as { readonly n: number }).n
    if (tables === 0 && application === 0) db.exec(schema)
    else if (application !== applicationId) {
      throw new TidegateError('LINEAGE_FAILED', `"${path}" is a database of another program`, {
        hint: 'Give another path: lineage gets a file of its own.',
        data: { path },
      })
    } else if (version > schemaVersion) {
      throw new TidegateError(
        'LINEAGE_FAILED',
        `"${path}" was written by a newer @tidegate/lineage-sqlite (format ${version}; this one knows ${schemaVersion})`,
        {
          hint: 'Update @tidegate/lineage-sqlite, or give another path.',
          data: { path, version },
        },
      )
    }
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

function numberOf(db: Database.Database, pragma: string): number {
  return (db.prepare(`PRAGMA ${pragma}`).get() as Readonly<Record<string, number>>)[pragma] as number
}

/** Again while another process holds the file, for as long as the patience lasts. */
function retried<T>(work: () => T): T {
  const pause = 20
  for (let waited = 0; ; waited += pause) {
    try {
      return work()
    } catch (error) {
      if (!codeOf(error).startsWith('SQLITE_BUSY') || waited >= patience) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
    }
  }
}

/** Runs `work`; what SQLite or the file system throws becomes the cause of `LINEAGE_FAILED`. */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (isTidegateError(error)) throw error
    const [message, hint] = explain(path, error)
    throw new TidegateError('LINEAGE_FAILED', message, { hint, data: { path }, cause: error })
  }
}

function explain(path: string, error: unknown): readonly [message: string, hint: string] {
  const code = codeOf(error)
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) {
    return [
      `"${path}" is damaged or is no SQLite database`,
      'Move the file away and run again: a new one is made, and the committed data is not touched.',
    ]
  }
  if (code.startsWith('SQLITE_BUSY'))
    return [
      `"${path}" has been held by another process for ${patience / 1000} s`,
      'Wait for the other process, or give another path.',
    ]
  if (code === 'SQLITE_FULL' || code === 'ENOSPC')
    return [`There is no room left for "${path}"`, 'Free some disk space, then run again.']
  if (code === 'SQLITE_READONLY' || code.startsWith('SQLITE_CANTOPEN') || /^E[A-Z]+$/.test(code)) {
    return [
      `"${path}" cannot be opened for writing`,
      'Give the path of a file (not of a folder) in a folder that may be written to.',
    ]
  }
  return [`"${path}" could not be used`, 'See the cause; the committed data is not touched.']
}

/** libsql gives an empty code where a file cannot be opened at all. */
function codeOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  if (typeof code === 'string' && code !== '') return code
  return typeof message === 'string' && message.startsWith('ConnectionFailed') ? 'SQLITE_CANTOPEN' : ''
}
