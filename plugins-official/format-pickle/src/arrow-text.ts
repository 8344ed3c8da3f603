import type { NdArray } from './numpy.ts'
import { PyCall, PyDict, type PyValue } from './values.ts'

/**
 * Text as pandas 3 keeps it where pyarrow is installed: an Arrow array of `large_string` or `string`, pickled as type, length, count of absent
 * values, offset and buffers (validity bits, offsets, UTF-8), or several of them. Undefined for anything else and for buffers that do not fit.
 */
export function arrowTextOf(value: PyValue | undefined): NdArray | undefined {
  if (!(value instanceof PyCall) || value.name !== 'ArrowStringArray' || !(value.state instanceof PyDict))
    return undefined
  const array = value.state.get('_pa_array')
  const [chunks] = array instanceof PyCall && array.name === 'pyarrow.chunks' ? array.args : [[array as PyValue]]
  if (!Array.isArray(chunks)) return undefined
  const data: PyValue[] = []
  for (const chunk of chunks) if (!addChunk(chunk, data)) return undefined
  return { dtype: { kind: 'O', size: 8, little: true, unit: undefined }, shape: [data.length], fortran: false, data }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function addChunk(value: PyValue, into: PyValue[]): boolean {
  const [facts] = value instanceof PyCall && value.name === 'pyarrow.array' ? value.args : []
  const [type, length, , offset, buffers] = Array.isArray(facts) ? facts : []
  const [kind] = type instanceof PyCall && type.name === 'pyarrow.type' ? type.args : []
  const wide = kind === 'large_string' ? 8 : kind === 'string' ? 4 : 0
  if (wide === 0 || !Array.isArray(buffers) || !isCount(length) || !isCount(offset)) return false
  const [valid, offsets, text = new Uint8Array(0)] = buffers.map(bytesOf)
  const end = offset + length
  if (length === 0) return true
  if (offsets === undefined || offsets.length < (end + 1) * wide) return false
  if (valid !== undefined && valid.length * 8 < end) return false
  const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.length)
  const at = (i: number) => (wide === 8 ? Number(view.getBigInt64(i * 8, true)) : view.getInt32(i * 4, true))
  for (let i = offset, from = at(i); i < end; i++) {
    const to = at(i + 1)
    if (from < 0 || to < from || to > text.length) return false
    const there = valid === undefined || (((valid[i >> 3] as number) >> (i & 7)) & 1) === 1
    try {
      into.push(there ? decoder.decode(text.subarray(from, to)) : null)
    } catch {
      return false
    }
    from = to
  }
  return true
}

function bytesOf(value: PyValue): Uint8Array | undefined {
  const [bytes] = value instanceof PyCall && value.name === 'pyarrow.buffer' ? value.args : []
  return bytes instanceof Uint8Array ? bytes : undefined
}

function isCount(value: PyValue | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}
