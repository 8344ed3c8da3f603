import { type Duck, type DuckOptions, openDuckDB } from './duck.ts'

interface Shared {
  readonly duck: Promise<Duck>
  holders: number
}

const open = new Map<string, Shared>()

/**
 * An in-memory DuckDB that everyone with the same options shares, for reading only: starting one costs milliseconds, and one memory limit then
 * covers all of them. `close` gives it back; the last holder closes it.
 */
export async function shareDuckDB(options: Omit<DuckOptions, 'path'> = {}): Promise<Duck> {
  const key = JSON.stringify([options.memory, options.threads, options.spillFolder, options.externalAccess])
  const shared = open.get(key) ?? { duck: openDuckDB(options), holders: 0 }
  open.set(key, shared)
  shared.holders++
  let held = true
  const release = () => {
    if (!held) return false
    held = false
    shared.holders--
    if (shared.holders > 0) return false
    if (open.get(key) === shared) open.delete(key)
    return true
  }
  try {
    const duck = await shared.duck
    return {
      ...duck,
      close: () => {
        if (release()) duck.close()
      },
    }
  } catch (error) {
    release()
    throw error
  }
}
