import { type Batch, type Bits, type Check, columnIndex, type RowRule, type TableSchema } from 'tidegate'
import { absentIn, bitsFor, trim } from './bits.ts'

/**
 * What a rule says of each row: fails, is unknown, or (neither bit) passes. Both bitmaps come zeroed; no row is set in both.
 */
export type Ternary = (batch: Batch, failing: Bits, unknown: Bits) => void
type Compile = (schema: TableSchema) => Ternary

const threeValued = Symbol.for('tidegate/checks/three-valued@1')

/** The row check of a three-valued rule: what is unknown passes. */
export function ternaryRule(compile: Compile, code: readonly CallableFunction[] = []): RowRule {
  return {
    scope: 'row',
    ...(code.length === 0 ? {} : { code }),
    compile(schema) {
      const judge = compile(schema)
      return (batch, failing) => {
        const own = bitsFor(batch.length)
        judge(batch, own, bitsFor(batch.length))
        for (let i = 0; i < own.length; i++) failing[i] = (failing[i] as number) | (own[i] as number)
      }
    },
  }
}

/** The same check, which combinators ask in three values. Hidden: it is no part of the recipe. */
export function remember(check: Check, compile: Compile): Check {
  return Object.freeze(Object.defineProperty({ ...check }, threeValued, { value: compile }))
}

/**
 * A row check in three values. A check that does not say more is unknown where it passes and one of its columns is absent.
 */
export function ternaryOf(check: Check, schema: TableSchema): Ternary {
  const own = (check as { readonly [threeValued]?: Compile })[threeValued]
  if (own !== undefined) return own(schema)
  const judge = (check.rule as RowRule).compile(schema)
  const indexes = check.columns.map((column) => columnIndex(schema, column, check.name))
  return (batch, failing, unknown) => {
    judge(batch, failing)
    const absent = absentIn(batch, indexes)
    for (let i = 0; i < absent.length; i++) unknown[i] = (absent[i] as number) & ~(failing[i] as number)
  }
}

/** True becomes false and false true; unknown stays (Kleene, "On notation for ordinal numbers", 1938). */
export function negated(judge: Ternary): Ternary {
  return (batch, failing, unknown) => {
    const inner = bitsFor(batch.length)
    judge(batch, inner, unknown)
    for (let i = 0; i < inner.length; i++) failing[i] = ~((inner[i] as number) | (unknown[i] as number)) & 0xff
    trim(failing, batch.length)
  }
}

/** Fails where one fails; otherwise unknown where one is. */
export function conjunction(judges: readonly Ternary[]): Ternary {
  return (batch, failing, unknown) => {
    for (const judge of judges) {
      const fails = bitsFor(batch.length)
      const open = bitsFor(batch.length)
      judge(batch, fails, open)
      for (let i = 0; i < fails.length; i++) {
        failing[i] = (failing[i] as number) | (fails[i] as number)
        unknown[i] = (unknown[i] as number) | (open[i] as number)
      }
    }
    for (let i = 0; i < failing.length; i++) unknown[i] = (unknown[i] as number) & ~(failing[i] as number)
  }
}

/** Passes where one passes; otherwise unknown where one is. */
export function disjunction(judges: readonly Ternary[]): Ternary {
  return negated(conjunction(judges.map(negated)))
}
