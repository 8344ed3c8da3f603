import { z } from 'zod'
import { TidegateError } from '../errors.ts'
import { type LogicalType, type TimeUnit, types } from '../types.ts'

/** Types that zod has no word for. Each is an ordinary zod schema that also names the physical type of its column. */

export function int8(): z.ZodNumber {
  return pinned(z.number().int().min(-128).max(127), types.int8)
}

export function int16(): z.ZodNumber {
  return pinned(z.number().int().min(-32_768).max(32_767), types.int16)
}

export function uint8(): z.ZodNumber {
  return pinned(z.number().int().min(0).max(255), types.uint8)
}

export function uint16(): z.ZodNumber {
  return pinned(z.number().int().min(0).max(65_535), types.uint16)
}

/** Exact decimal numbers of at most `precision` digits (1 to 38), `scale` of them after the point; a step sees the nearest number. */
export function decimal(precision: number, scale: number): z.ZodNumber {
  const whole = Number.isInteger(precision) && Number.isInteger(scale)
  if (!whole || precision < 1 || precision > 38 || scale < 0 || scale > precision) {
    throw new TidegateError('CONFIG_INVALID', `decimal(${precision}, ${scale}) is no decimal type.`, {
      hint: 'Give 1 to 38 digits, of which none to all stand after the point: decimal(18, 2).',
    })
  }
  return pinned(z.number(), types.decimal(precision, scale))
}

/**
 * Points in time in `unit` (default `ms`) since 1970. With `zone` (an IANA name) instants, without one wall-clock readings taken as UTC. A step sees
 * epoch milliseconds in both cases.
 */
export function timestamp(options: { readonly unit?: TimeUnit; readonly zone?: string } = {}): z.ZodDate {
  return pinned(z.date(), types.timestamp(options.unit ?? 'ms', options.zone))
}

/** Bytes, seen as `Uint8Array`. */
export function binary(): z.ZodCustom<Uint8Array, Uint8Array> {
  return pinned(z.instanceof(Uint8Array), types.binary)
}

const key = 'tidegate/type@1'

/** The type travels in the definition, which zod copies along `.min()`, `.nullable()`, `.meta()` and the like. */
function pinned<S extends z.ZodType>(schema: S, type: LogicalType): S {
  return schema.clone({ ...schema._zod.def, [key]: type } as never) as S
}

/** The physical type that one of the functions above has named. */
export function pinnedType(def: object): LogicalType | undefined {
  return (def as { readonly [key]?: LogicalType })[key]
}
