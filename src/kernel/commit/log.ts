import type { Workspace } from '../../plugins/workspace.ts'
import type { Entry } from '../parts/record.ts'
import { parseVersioned } from '../parts/store.ts'

/**
 * The log of one pipeline in one environment: numbered immutable entries, created by put-if-absent. The highest is current. Who loses the race
 * for a number plans again: that is all the fencing there is.
 */
export interface Log {
  current(): Promise<Entry | undefined>
  entry(number: number): Promise<Entry | undefined>
  /** Newest first. */
  numbers(): Promise<readonly number[]>
  /** False when another run took the number. */
  append(entry: Entry): Promise<boolean>
}

export function logFolder(env: string, pipeline: string): string {
  return `log/${segment(env)}/${segment(pipeline)}/`
}

/** A name as one segment of a path. `.` and `..` are no names of folders: their dots are encoded as well. */
export function segment(name: string): string {
  return /^\.+$/.test(name) ? '%2E'.repeat(name.length) : encodeURIComponent(name)
}

export function createLog(workspace: Workspace, env: string, pipeline: string): Log {
  const folder = logFolder(env, pipeline)
  const path = (number: number) => `${folder}${String(number).padStart(12, '0')}.json`
  const numbers = async () => {
    const found: number[] = []
    for await (const { path } of workspace.list(folder)) {
      const match = /(\d{12})\.json$/.exec(path)
      if (match !== null) found.push(Number(match[1]))
    }
    return found.reverse()
  }
  const entry = async (number: number) => {
    const bytes = await workspace.get(path(number))
    return bytes === undefined ? undefined : parseVersioned<Entry>(path(number), bytes)
  }
  return {
    numbers,
    entry,
    async current() {
      const [highest] = await numbers()
      return highest === undefined ? undefined : entry(highest)
    },
    append: (next) => workspace.putIfAbsent(path(next.number), Buffer.from(JSON.stringify(next))),
  }
}

/** Every (environment, pipeline) that has a log. */
export async function listLogs(
  workspace: Workspace,
): Promise<readonly { readonly env: string; readonly pipeline: string }[]> {
  const seen = new Map<string, { readonly env: string; readonly pipeline: string }>()
  for await (const { path } of workspace.list('log/')) {
    const [, env, pipeline] = path.split('/')
    if (env !== undefined && pipeline !== undefined)
      seen.set(`${env}/${pipeline}`, { env: decodeURIComponent(env), pipeline: decodeURIComponent(pipeline) })
  }
  return [...seen.values()]
}
