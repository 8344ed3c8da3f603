import { createHash } from 'node:crypto'
import type { Blob } from '../parts/record.ts'
import type { Store } from '../parts/store.ts'

/** Bytes under a name that follows from them: equal state is the same file, so that what did not change is not written twice. */
export function putState(store: Store, bytes: Uint8Array): Promise<Blob> {
  return store.putBlob(`${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}.state`, bytes)
}
