import type { z } from 'zod'

/** A number schema as a range: what zod would accept, decided without calling it. */
export interface NumberRange {
  readonly min: number
  readonly max: number
  /** The bound itself fails. */
  readonly above: boolean
  readonly below: boolean
  readonly whole: boolean
}

interface CheckDef {
  readonly check?: string
  readonly format?: string
  readonly value?: unknown
  readonly inclusive?: boolean
}

const formats: Readonly<Record<string, readonly [min: number, max: number, whole: boolean]>> = {
  safeint: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, true],
  int32: [-2_147_483_648, 2_147_483_647, true],
  uint32: [0, 4_294_967_295, true],
}

/** The range of `z.number()`, `z.int()`, `z.int32()`, ... with bounds; undefined for schemas that ask for anything else. zod refuses NaN and infinities. */
export function numberRange(schema: z.ZodType): NumberRange | undefined {
  const def = schema._zod.def as CheckDef & {
    readonly type: string
    readonly coerce?: boolean
    readonly checks?: readonly { readonly _zod: { readonly def: CheckDef } }[]
  }
  if (def.type !== 'number' || def.coerce === true) return undefined
  let range: NumberRange = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE, above: false, below: false, whole: false }
  for (const own of [...(def.check === undefined ? [] : [def]), ...(def.checks ?? []).map((check) => check._zod.def)]) {
    const narrowed = narrow(range, own)
    if (narrowed === undefined) return undefined
    range = narrowed
  }
  return range
}

function narrow(range: NumberRange, { check, format, value, inclusive }: CheckDef): NumberRange | undefined {
  if (check === 'number_format') {
    const known = formats[format ?? '']
    if (known === undefined) return undefined
    const [min, max, whole] = known
    return {
      min: Math.max(min, range.min),
      max: Math.min(max, range.max),
      above: range.min >= min && range.above,
      below: range.max <= max && range.below,
      whole: whole || range.whole,
    }
  }
  if (typeof value !== 'number') return undefined
  if (check === 'greater_than' && value >= range.min)
    return { ...range, min: value, above: inclusive !== true || (value === range.min && range.above) }
  if (check === 'less_than' && value <= range.max)
    return { ...range, max: value, below: inclusive !== true || (value === range.max && range.below) }
  return check === 'greater_than' || check === 'less_than' ? range : undefined
}

export function isIn(value: number, { min, max, above, below, whole }: NumberRange): boolean {
  if (!(above ? value > min : value >= min) || !(below ? value < max : value <= max)) return false
  return !whole || Number.isInteger(value)
}
