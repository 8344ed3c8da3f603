import { columnOf } from '../columns/batch.ts'
import type { OutputPart, StoredData } from '../parts/record.ts'
import type { Store } from '../parts/store.ts'
import { createNumbering } from './keys.ts'

/** The rows that one part has in quarantine, in their order: those of the record first, then those that the fold condemned. */
export interface RejectedPart {
  readonly part: OutputPart
  readonly keys: readonly string[]
  /** Whether keys differ from those that are stored. */
  readonly renamed: boolean
  readonly reasons: readonly string[]
  /** Where each came from; ascending within either half. */
  readonly rows: readonly number[]
  /** So many of them were set aside by the record. */
  readonly own: number
}

const columns = ['_key', '_reasons', '_row']

/**
 * What the gate rejected, part by part, every row under a key of its own. `given` says the keys of parts that have them from elsewhere (rows that
 * people corrected keep the key of what they correct): by the row's number in the part.
 */
export async function readRejected(
  store: Store,
  parts: readonly OutputPart[],
  given: ReadonlyMap<string, readonly string[]> = new Map(),
): Promise<readonly RejectedPart[]> {
  const number = createNumbering()
  const found: RejectedPart[] = []
  for (const part of parts) {
    const files = [part.record.quarantine, part.quarantine]
    const stored: string[] = []
    const reasons: string[] = []
    const rows: number[] = []
    for (const data of files) if (data !== undefined) await readInto(store, data, { keys: stored, reasons, rows })
    const corrects = given.get(part.record.part)
    const keys = corrects === undefined ? number(stored) : rows.map((row) => corrects[row] as string)
    found.push({
      part,
      keys,
      renamed: keys.some((key, index) => key !== stored[index]),
      reasons,
      rows,
      own: part.record.quarantine?.rows ?? 0,
    })
  }
  return found
}

async function readInto(
  store: Store,
  data: StoredData,
  into: { readonly keys: string[]; readonly reasons: string[]; readonly rows: number[] },
): Promise<void> {
  for await (const batch of store.readData(data, { columns })) {
    const [keys, reasons, rows] = columns.map((name) => columnOf(batch, name))
    for (let row = 0; row < batch.length; row++) {
      into.keys.push(String(keys?.at(row)))
      into.reasons.push(String(reasons?.at(row)))
      into.rows.push(Number(rows?.at(row)))
    }
  }
}
