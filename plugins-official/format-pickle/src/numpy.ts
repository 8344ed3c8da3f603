import { Float, Moment, PyCall, type PyValue } from './values.ts'

type Unit = Moment['unit']

/** A numpy type (numpy.lib.format and the reference of `dtype.__reduce__`). */
export interface Dtype {
  /** Its letter: `i`, `u`, `f`, `b`, `M` (datetime64), `O`, `U`, `S`. */
  readonly kind: string
  /** Bytes of an element. */
  readonly size: number
  readonly little: boolean
  readonly unit: Unit | undefined
}

export interface NdArray {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  /** Columns before rows. */
  readonly fortran: boolean
  readonly data: Uint8Array | readonly PyValue[]
}

const sizes: Readonly<Record<string, readonly number[]>> = {
  i: [1, 2, 4, 8],
  u: [1, 2, 4, 8],
  f: [4, 8],
  b: [1],
  M: [8],
  O: [8, 4],
}

export function dtypeOf(value: PyValue | undefined): Dtype | undefined {
  if (!(value instanceof PyCall) || value.name !== 'numpy.dtype') return undefined
  const [text] = value.args
  const match = typeof text === 'string' ? /^[<>|=]?([iufbMOUS])(\d{1,9})$/.exec(text) : null
  if (match === null) return undefined
  const kind = match[1] as string
  const state = Array.isArray(value.state) ? value.state : []
  const size = kind === 'U' ? Number(match[2]) * 4 : Number(match[2])
  if (kind in sizes && !(sizes[kind] as readonly number[]).includes(size)) return undefined
  const unit = kind === 'M' ? unitOf(state[8]) : undefined
  return kind === 'M' && unit === undefined ? undefined : { kind, size, little: state[1] !== '>', unit }
}

/** `(metadata, (unit, number, ...))`: units other than one second, milli-, micro- or nanosecond are not read. */
function unitOf(meta: PyValue | undefined): Unit | undefined {
  const [, facts] = Array.isArray(meta) ? meta : []
  const [name, count] = Array.isArray(facts) ? facts : []
  const unit = name instanceof Uint8Array ? Buffer.from(name).toString('latin1') : name
  return count === 1 && (unit === 's' || unit === 'ms' || unit === 'us' || unit === 'ns') ? unit : undefined
}

/** An array whose data are all there; undefined for anything else. */
export function ndarrayOf(value: PyValue | undefined): NdArray | undefined {
  if (!(value instanceof PyCall)) return undefined
  const state = Array.isArray(value.state) ? value.state : []
  const parts =
    value.name === 'numpy.reconstruct'
      ? { shape: state[1], dtype: state[2], fortran: state[3] === true, data: state[4] }
      : value.name === 'numpy.frombuffer'
        ? { data: value.args[0], dtype: value.args[1], shape: value.args[2], fortran: value.args[3] === 'F' }
        : undefined
  const dtype = dtypeOf(parts?.dtype)
  const shape = Array.isArray(parts?.shape) ? parts.shape : [-1]
  const data = parts?.data
  if (dtype === undefined || !shape.every((n): n is number => typeof n === 'number' && n >= 0)) return undefined
  const count = shape.reduce((product, n) => product * n, 1)
  const whole =
    dtype.kind === 'O'
      ? Array.isArray(data) && data.length === count
      : data instanceof Uint8Array && data.length === count * dtype.size
  return whole ? { dtype, shape, fortran: parts?.fortran === true, data: data as NdArray['data'] } : undefined
}

const notATime = -(2n ** 63n)

/** Element `index` as Python would give it; NaT is null. */
export function elementOf({ kind, size, little, unit }: Dtype, data: Uint8Array, index: number): PyValue {
  const view = new DataView(data.buffer, data.byteOffset + index * size, size)
  switch (kind) {
    case 'b':
      return view.getUint8(0) !== 0
    case 'f':
      return new Float(size === 8 ? view.getFloat64(0, little) : view.getFloat32(0, little))
    case 'M': {
      const value = view.getBigInt64(0, little)
      return value === notATime ? null : new Moment('timestamp', value, unit)
    }
    case 'i':
    case 'u':
      return integerOf(view, kind === 'i', size, little)
    case 'S':
      return new Uint8Array(
        data
          .subarray(index * size, (index + 1) * size)
          .filter((_, i, all) => all.subarray(i).some((byte) => byte !== 0)),
      )
    default:
      return unicodeOf(view, size, little)
  }
}

function integerOf(view: DataView, signed: boolean, size: number, little: boolean): number | bigint {
  if (size === 1) return signed ? view.getInt8(0) : view.getUint8(0)
  if (size === 2) return signed ? view.getInt16(0, little) : view.getUint16(0, little)
  if (size === 4) return signed ? view.getInt32(0, little) : view.getUint32(0, little)
  const value = signed ? view.getBigInt64(0, little) : view.getBigUint64(0, little)
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
}

/** Fixed-width text: four bytes a character, filled up with zeros. */
function unicodeOf(view: DataView, size: number, little: boolean): string {
  let text = ''
  for (let at = 0; at < size; at += 4) {
    const code = view.getUint32(at, little)
    if (code > 0x10ffff) return text
    text += String.fromCodePoint(code)
  }
  return text.replace(/\0+$/, '')
}
