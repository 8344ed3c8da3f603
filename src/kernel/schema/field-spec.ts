import type { FieldMeta, LogicalType } from '../types.ts'

/** What a declared column asks for, before the data has a say in its physical type. */
export interface FieldSpec {
  readonly name: string
  /** The physical type the column keeps when the data has `type`; undefined where it must be converted to `natural`. */
  readonly settle: (type: LogicalType) => LogicalType | undefined
  /** The type when nothing is known of the data, or when it must be converted. */
  readonly natural: LogicalType
  readonly nullable: boolean
  readonly sees?: 'bigint'
  /** `z.enum` and `z.literal`: the values that are allowed. */
  readonly values?: readonly (string | number | boolean)[]
  readonly fallback?: string | number | boolean
  /** The schema says more than a type (bounds, patterns, allowed values): a check of the gate, not of reading. */
  readonly constrained: boolean
  readonly meta?: FieldMeta
}

export function accepts(spec: FieldSpec, type: LogicalType): boolean {
  return spec.settle(type) !== undefined
}
