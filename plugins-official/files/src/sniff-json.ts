import { createJsonStates, observeJson } from './infer-json.ts'
import { inferJsonColumns } from './infer-json-type.ts'
import { createJsonSyntax, space } from './json-syntax.ts'
import type { SniffedTable } from './sniff-csv.ts'
import { type PasteValue, paste } from './sniff-paste.ts'

export interface SniffedJson {
  readonly format: 'json' | 'ndjson'
  readonly table: SniffedTable
}

/** What JSON text holds: an array of objects, at the top or at a path of keys, or one object a line. Undefined where it is no JSON. */
export async function sniffJson(
  bytes: Uint8Array,
  common: Readonly<Record<string, PasteValue>>,
  whole: boolean,
): Promise<SniffedJson | undefined> {
  const first = bytes[space(bytes, 0, bytes.length)]
  if (first === 91) return asArray(bytes, common, [], whole)
  if (first !== 123) return undefined
  const cut = whole ? bytes.length : bytes.lastIndexOf(10) + 1
  const arrays = findArrays(bytes)
  const [largest] = [...arrays].sort((a, b) => b.bytes - a.bytes)
  const lines = cut > 0 ? await tryLines(bytes.subarray(0, cut), common, whole) : undefined
  const single = lines === undefined || lines.table.rows < 2 || lines.table.confidence < 0.5
  if (!single || largest === undefined) return lines
  return asArray(bytes, common, largest.path, whole)
}

async function tryLines(bytes: Uint8Array, common: Readonly<Record<string, PasteValue>>, whole: boolean) {
  return describe('ndjson', bytes, common, undefined, whole)
}

async function asArray(
  bytes: Uint8Array,
  common: Readonly<Record<string, PasteValue>>,
  at: readonly string[],
  whole: boolean,
) {
  return describe('json', bytes, at.length === 0 ? common : { ...common, at: at.join('.') }, at, whole)
}

async function describe(
  format: 'json' | 'ndjson',
  bytes: Uint8Array,
  options: Readonly<Record<string, PasteValue>>,
  at: readonly string[] | undefined,
  whole: boolean,
): Promise<SniffedJson> {
  const states = createJsonStates()
  const chunks = (async function* () {
    yield Uint8Array.from(bytes)
  })()
  const looked = await observeJson(chunks, String(options['path']), { at, maxRecordBytes: 16 << 20 }, states, undefined)
  // The element that the end of the sample cuts is no fault of the file.
  const rejected = Math.max(0, looked.rejected - (whole || format === 'ndjson' ? 0 : 1))
  const columns = inferJsonColumns(states)
  const schema = { fields: columns.map(({ field }) => field) }
  const records = looked.rows + rejected
  let last = 1
  for (const byte of bytes) if (byte === 10) last++
  return {
    format,
    table: {
      lines: { from: 1, to: whole ? (bytes.at(-1) === 10 ? last - 1 : last) : null },
      rows: looked.rows,
      rejected,
      confidence: records === 0 ? 0.3 : Math.round((looked.rows / records) * 100) / 100,
      evidence: [
        format === 'ndjson'
          ? `${looked.rows} of ${records} lines are objects`
          : `an array of objects ${at === undefined || at.length === 0 ? 'at the top' : `at "${at.join('.')}"`}: ${looked.rows} of ${records} elements`,
      ],
      preamble: [],
      footer: [],
      options,
      columns: columns.map(({ evidence }) => evidence),
      schema,
      ...paste(format, options, schema),
    },
  }
}

interface FoundArray {
  readonly path: readonly string[]
  readonly bytes: number
}

const deepest = 16

/** Arrays of objects that can be reached by keys alone, with their size; what the end of a sample cuts counts up to there. */
function findArrays(bytes: Uint8Array): readonly FoundArray[] {
  const syntax = createJsonSyntax()
  const arrays: FoundArray[] = []
  const end = bytes.length
  walk(space(bytes, 0, end), [])
  return arrays

  /** Where the object ends, or -1 where the text does first. */
  function walk(start: number, path: readonly string[]): number {
    let p = space(bytes, start + 1, end)
    while (p < end && bytes[p] === 34) {
      const keyEnd = syntax.string(bytes, p, end)
      if (keyEnd < 0) return -1
      const key = JSON.parse(Buffer.from(bytes.subarray(p, keyEnd)).toString()) as string
      const colon = space(bytes, keyEnd, end)
      if (bytes[colon] !== 58) return -1
      p = space(bytes, colon + 1, end)
      const inner = [...path, key]
      const usable = !key.includes('.') && key !== '' && inner.length < deepest
      if (bytes[p] === 123 && usable) {
        p = walk(p, inner)
        if (p < 0) return -1
      } else {
        const from = p
        const next = syntax.value(bytes, p, end)
        if (usable && bytes[from] === 91 && bytes[space(bytes, from + 1, end)] === 123)
          arrays.push({ path: inner, bytes: (next < 0 ? end : next) - from })
        if (next < 0) return -1
        p = next
      }
      p = space(bytes, p, end)
      if (bytes[p] === 44) p = space(bytes, p + 1, end)
    }
    return p < end && bytes[p] === 125 ? p + 1 : -1
  }
}

/** Whether the text is JSON, whatever it holds: a sample may end inside it. */
export function isJson(bytes: Uint8Array, whole: boolean): boolean {
  const start = space(bytes, 0, bytes.length)
  if (bytes[start] !== 91 && bytes[start] !== 123) return false
  const syntax = createJsonSyntax()
  const end = syntax.value(bytes, start, bytes.length)
  if (end >= 0) return space(bytes, end, bytes.length) === bytes.length
  return !whole && syntax.fault.at >= bytes.length * 0.9
}
