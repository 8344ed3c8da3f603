import { z } from 'zod'
import type { Check, RowRule } from '../../plugins/check.ts'
import { satisfies } from '../../plugins/defaults/checks/satisfies.ts'
import { setBit } from '../bits.ts'
import type { Batch } from '../columns/batch.ts'
import { isValid } from '../columns/validity.ts'
import { fromZod } from '../schema/from-zod.ts'

/** The check that a declared schema stands for. */
export const schemaCheck = 'schema'

/**
 * What a declared schema says beyond types: which columns are never null, and bounds, patterns, allowed values and refinements. Reading through a
 * schema settles types alone; rows that break the rest are the gate's, like rows that fail any other check.
 */
export function schemaCheckOf(schema: z.ZodObject | undefined): Check | undefined {
  if (schema === undefined) return undefined
  const specs = fromZod(schema)
  const required = specs.filter((spec) => !spec.nullable && spec.fallback === undefined).map((spec) => spec.name)
  const constrained = specs.filter((spec) => spec.constrained).map((spec) => spec.name)
  const whole = ((schema._zod.def as { readonly checks?: readonly unknown[] }).checks ?? []).length > 0
  if (required.length === 0 && constrained.length === 0 && !whole) return undefined
  const inner = whole
    ? satisfies(schema as never)
    : constrained.length === 0
      ? undefined
      : satisfies(z.object(pick(schema.shape, constrained)) as never)
  return {
    name: schemaCheck,
    columns: [...new Set([...(inner?.columns ?? []), ...required])],
    parameters: { required, inner: inner?.parameters ?? null },
    rule: ruleOf(required, inner?.rule as RowRule | undefined),
  }
}

function pick(shape: z.ZodObject['shape'], names: readonly string[]): z.ZodObject['shape'] {
  return Object.fromEntries(names.map((name) => [name, shape[name] as (typeof shape)[string]]))
}

function ruleOf(required: readonly string[], inner: RowRule | undefined): RowRule {
  return {
    scope: 'row',
    ...(inner?.code === undefined ? {} : { code: inner.code }),
    compile(schema) {
      const indexes = schema.fields.flatMap((field, index) => (required.includes(field.name) ? [index] : []))
      const rest = inner?.compile(schema)
      return (batch, failing) => {
        for (const index of indexes) markAbsent(batch, index, failing)
        rest?.(batch, failing)
      }
    },
    explain(schema) {
      const rest = inner?.explain?.(schema)
      return (batch, row) => {
        const absent = schema.fields.find(
          (field, index) => required.includes(field.name) && batch.columns[index]?.at(row) === null,
        )
        return absent === undefined
          ? rest?.(batch, row)?.replace(/^satisfies\([^)]*\)/, schemaCheck)
          : `${schemaCheck}: ${absent.name} is null`
      }
    },
  }
}

function markAbsent(batch: Batch, index: number, failing: Uint8Array): void {
  const column = batch.columns[index]
  if (column === undefined || column.nullCount === 0) return
  for (let row = 0; row < batch.length; row++)
    if (column.type.kind === 'null' || !isValid(column.validity, row)) setBit(failing, row)
}
