// Appends events to argv[2] as job argv[3] until argv[4] are written, and prints the number of each one that is committed.
import { createSqliteLineage } from '../src/store.ts'
import { eventOf } from './event-of.ts'

const [, , path, job, count] = process.argv as [string, string, string, string, string]
const store = createSqliteLineage(path)
for (let i = 0; i < Number(count); i++) {
  await store.append(eventOf(job, i, 20))
  process.stdout.write(`${i}\n`)
}
await store.close?.()
