import { createToken } from '../kernel/token.ts'

/** One stored object. `path` is relative to the workspace, `/`-separated; `modified` is epoch milliseconds, UTC. */
export interface StoredObject {
  readonly path: string
  readonly size: number
  readonly modified: number
}

/**
 * The place where records, data, snapshots and the log live: local disk by default, object stores by plugin.
 * Objects are immutable once visible; a reader sees a whole object or none. Errors are native: the kernel wraps them in `WORKSPACE_FAILED`.
 */
export interface Workspace {
  /** Where it is, for people: a folder or a URL without credentials. */
  readonly location: string
  /** Writes an object, replacing one of that path, all or nothing. */
  put(path: string, data: Uint8Array | AsyncIterable<Uint8Array>): Promise<void>
  /** Creates an object; false when one of that path exists already (never overwrites). The one primitive commits stand on. */
  putIfAbsent(path: string, data: Uint8Array): Promise<boolean>
  /** The bytes of an object or of a range of it; undefined when there is none. */
  get(path: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined>
  /** Objects whose path begins with `prefix` (a folder, ending in `/`, or empty), in code-point order of the path. */
  list(prefix: string): AsyncIterable<StoredObject>
  /** Deletes an object; no error when there is none. */
  delete(path: string): Promise<void>
  /** Makes earlier `put`s of these paths survive a power cut, as one group. Absent where `put` is durable by itself. */
  sync?(paths: readonly string[]): Promise<void>
  /** An absolute local path for a file that other engines may read directly; undefined where the workspace is no local disk. */
  localPath?(path: string): string | undefined
}

export const Workspace = createToken<Workspace>('tidegate/Workspace')
