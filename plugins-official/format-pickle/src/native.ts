import { BooleanColumn, type Column, FlatColumn, Int64Column, TemporalColumn, types } from 'tidegate'
import type { NdArray } from './numpy.ts'

const notATime = -(2n ** 63n)

/** Makes the typed column of `rows` elements from `start` on, where the bytes are those of a typed array; undefined for other types. */
export function nativeColumn({ dtype, data }: NdArray, start: number, rows: number): (() => Column) | undefined {
  const { kind, size, little, unit } = dtype
  if (!(data instanceof Uint8Array) || (!little && size > 1)) return undefined
  // A copy: elements of a typed array lie at multiples of their size, and a view would keep the whole file alive.
  const buffer = () => Uint8Array.from(data.subarray(start * size, (start + rows) * size)).buffer
  switch (`${kind}${size}`) {
    case 'i1':
      return () => new FlatColumn(types.int8, new Int8Array(buffer()))
    case 'i2':
      return () => new FlatColumn(types.int16, new Int16Array(buffer()))
    case 'i4':
      return () => new FlatColumn(types.int32, new Int32Array(buffer()))
    case 'i8':
      return () => new Int64Column(types.int64, new BigInt64Array(buffer()))
    case 'u1':
      return () => new FlatColumn(types.uint8, new Uint8Array(buffer()))
    case 'u2':
      return () => new FlatColumn(types.uint16, new Uint16Array(buffer()))
    case 'u4':
      return () => new FlatColumn(types.uint32, new Uint32Array(buffer()))
    case 'u8':
      return () => new Int64Column(types.uint64, new BigUint64Array(buffer()))
    case 'f4':
      return () => new FlatColumn(types.float32, new Float32Array(buffer()))
    case 'f8':
      return () => new FlatColumn(types.float64, new Float64Array(buffer()))
    case 'b1':
      return () => new BooleanColumn(new Uint8Array(buffer()).map((byte) => (byte === 0 ? 0 : 1)))
    case 'M8':
      return () => {
        const values = new BigInt64Array(buffer())
        return new TemporalColumn(types.timestamp(unit ?? 'ns'), values, validityOf(values))
      }
    default:
      return undefined
  }
}

/** NaT is absent. */
function validityOf(values: BigInt64Array): Uint8Array | undefined {
  if (!values.includes(notATime)) return undefined
  const bits = new Uint8Array((values.length + 7) >> 3)
  for (let row = 0; row < values.length; row++)
    if (values[row] !== notATime) bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7))
  return bits
}
