import { z } from 'zod'
import type { Given, Needs } from '../../plugins/plugin.ts'
import type { FoldStep, RowWiseStep, StepKind, WholeStep } from '../../plugins/step-kind.ts'
import type { Awaitable } from '../context.ts'
import { createNode, type Node, type Row, splitOptions } from '../node.ts'
import type { From, Inputs, StepGate } from '../nodes/gate.ts'
import { inputsOf } from '../nodes/inputs.ts'
import type { RowOf, Schema, SchemaRow } from '../table-types.ts'
import type { OptionsOver } from './column-option.ts'
import { marked } from './made-by.ts'
import type { NoOptions, OptionsOf } from './plugin.ts'

interface StepDefinition<O extends z.ZodObject, N extends Needs> {
  /** `acme/sessions`, `sql`: as plans, logs and lineage name the kind. */
  readonly name: string
  readonly options?: O
  readonly needs?: N
  /** For kinds that a package defines: changes whenever equal options and input would give something else. */
  readonly version?: string | number
  /** Functions among the options whose code is part of the recipe. */
  readonly code?: (options: z.output<O>) => readonly CallableFunction[]
}

type Declared<S extends Schema> = StepGate<RowOf<NoInfer<S>>> & { readonly schema: S }

/** One streamed `from`, whole `with` tables, a declared `schema`. */
export type RowWiseStepFactory<O extends z.ZodObject> = <R extends Row, S extends Schema>(
  given: OptionsOver<OptionsOf<O>, NoInfer<R>> & Declared<S> & { readonly from: Node<R>; readonly with?: Inputs },
) => Node<SchemaRow<S>>
/** One streamed `from`; the engine folds what the step measures. */
export type FoldStepFactory<O extends z.ZodObject> = <R extends Row, S extends Schema>(
  given: OptionsOver<OptionsOf<O>, NoInfer<R>> & Declared<S> & { readonly from: Node<R> },
) => Node<SchemaRow<S>>
/** Whole inputs: one node, or a record of nodes. */
export type WholeStepFactory<O extends z.ZodObject> = <S extends Schema>(
  given: OptionsOf<O> & Declared<S> & { readonly from: From },
) => Node<SchemaRow<S>>

/**
 * Makes a kind of step. Its `shape` is all that the engine asks: `row-wise` sees one batch at a time, `fold` names keys
 * and measures, `whole` sees whole inputs. Nodes of the kind declare the `schema` they give.
 */
export function defineStep<O extends z.ZodObject = NoOptions, const N extends Needs = Record<never, never>>(
  def: StepDefinition<O, N> & {
    readonly shape: 'row-wise'
    readonly create: (options: z.output<O>, needs: Given<N>) => Awaitable<RowWiseStep>
  },
): RowWiseStepFactory<O>
export function defineStep<O extends z.ZodObject = NoOptions, const N extends Needs = Record<never, never>>(
  def: StepDefinition<O, N> & {
    readonly shape: 'fold'
    readonly create: (options: z.output<O>, needs: Given<N>) => Awaitable<FoldStep>
  },
): FoldStepFactory<O>
export function defineStep<O extends z.ZodObject = NoOptions, const N extends Needs = Record<never, never>>(
  def: StepDefinition<O, N> & {
    readonly shape: 'whole'
    readonly create: (options: z.output<O>, needs: Given<N>) => Awaitable<WholeStep>
  },
): WholeStepFactory<O>
export function defineStep(
  def: StepDefinition<z.ZodObject, Needs> & Pick<StepKind, 'shape' | 'create'>,
): (given: StepGivens) => Node {
  const uses: StepKind = Object.freeze({
    point: 'step',
    name: def.name,
    shape: def.shape,
    options: def.options ?? z.object({}),
    needs: def.needs ?? {},
    ...(def.version === undefined ? {} : { version: def.version }),
    ...(def.code === undefined ? {} : { code: def.code }),
    create: def.create,
  })
  const mode = def.shape === 'whole' ? 'whole' : 'stream'
  return marked((given: StepGivens) => {
    const { gate, rest } = splitOptions(given)
    const { from, with: sides, schema, ...options } = rest
    const inputs = [...inputsOf(def.name, 'from', from, mode), ...inputsOf(def.name, 'with', sides ?? {}, 'whole')]
    return createNode({ uses, inputs, options, schema, gate })
  }, uses)
}

interface StepGivens {
  readonly from: From
  readonly with?: Inputs
  readonly schema?: Schema
}
