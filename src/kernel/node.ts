import type { z } from 'zod'
import type { Check, RowVerdict, Threshold } from '../plugins/check.ts'
import type { SourceKind } from '../plugins/source.ts'
import type { StepKind } from '../plugins/step-kind.ts'
import type { TargetKind } from '../plugins/target.ts'

declare const row: unique symbol
const spec = Symbol.for('tidegate/node@1')

export type Row = object

/**
 * An inert value: source, generator, step or target. It refers to other nodes as values; `pipeline({ name: node })` gives it its name, and its
 * identity is (environment, pipeline, name). Nothing is registered by making one.
 */
// biome-ignore lint/suspicious/noExplicitAny: the row of a node about which nothing is known.
export interface Node<out R extends Row = any> {
  readonly [row]: R
  readonly kind: string
  /** The rows its gate set aside: all columns, nullable, and why. Can be an input like any node. */
  readonly quarantine: Node<Quarantined<R>>
  /** The cells that repairs of its checks changed, one row a cell. Can be an input like any node. */
  readonly repairs: Node<RepairedCell>
  /** The artifacts its code saved (`context.saveFile`), one row a file. Can be an input like any node. */
  readonly files: Node<SavedFile>
}

/** The outputs of a node: its rows, the rows its gate set aside, the cells its gate repaired, and the files it saved. */
export type OutputName = 'main' | (typeof besideNames)[number]
/** The outputs that a node has besides its rows. */
export const besideNames = ['quarantine', 'repairs', 'files'] as const

/**
 * One cell that a repair changed, of a row that passed. Cells are told as text that says exactly what they hold; where several repairs changed one
 * cell, each has a row of its own. Which run did it is kept with the part's record, not here: equal input gives equal rows, whenever it is computed.
 */
export interface RepairedCell {
  /** Identity of the row as it came: 32 hex digits, as `_key` in quarantine. */
  readonly key: string
  /** The part it came from, and its number there, counting from 0. */
  readonly part: string
  readonly row: number
  readonly column: string
  /** `null` where the cell was, or is, absent. */
  readonly before: string | null
  readonly after: string | null
  /** The check that the row failed, and the repair that it names. */
  readonly rule: string
  readonly repair: string
}

/** One artifact: a model, metrics, an image. `size` in bytes. */
export interface SavedFile {
  readonly name: string
  readonly size: number
  readonly content: Uint8Array
}

/** What stands beside the columns of a quarantined row. */
export interface QuarantineColumns {
  /**
   * Stable identity of the row: 32 hex digits of its content, or of the columns that the node declares as `key`. Rows with the same digits are
   * numbered in part order: `...`, `...-2`, `...-3`.
   */
  readonly _key: string
  /** Names of the failed checks (for what could not be parsed, the reason), joined by `; `. */
  readonly _reasons: string
  /** The part it came from, and its number there, counting from 0. */
  readonly _part: string
  readonly _row: number
  /** The raw text of what could not be parsed; bytes that are no text stand as `base64:...`. */
  readonly _raw: string | null
}

export type Quarantined<R> = { readonly [K in keyof R]: R[K] | null } & QuarantineColumns

export type NodeKind = SourceKind | TargetKind | StepKind

/** `stream`: part by part; `whole`: the committed dataset as one. */
export interface NodeInput {
  readonly name: string
  readonly node: Node
  readonly mode: 'stream' | 'whole'
}

/**
 * `warn`: logged, and shown on the screen and in the report. `notify`: also told to `afterStep`. `halt`: also stops the work, with
 * `DEADLINE_MISSED`. Whatever the action, the event `deadline.missed` is emitted at once.
 */
export type DeadlineAction = 'warn' | 'notify' | 'halt'

/**
 * `within`: a length of time after the beginning of the run, such as `30m`. `by`: a time of day such as `06:00` in `zone` (default `UTC`), the
 * first one after the beginning of the run, or after the time that it was scheduled for. The default action is `warn`.
 */
export type Deadline = { readonly action?: DeadlineAction } & (
  | { readonly within: string; readonly by?: never; readonly zone?: never }
  | { readonly by: string; readonly zone?: string; readonly within?: never }
)

/** Options every node takes besides those of its kind. */
export interface NodeOptions {
  readonly expect?: readonly Check[]
  /** What a row that fails a check without a verdict of its own gets; also what a row gets that cannot be parsed. */
  readonly otherwise?: RowVerdict
  /** The dataset passes while at least this share (0..1) of the rows that enter its gate goes on, or `{ rows }` of them. */
  readonly atLeast?: Threshold
  /** The dataset passes while at most this many rows do not go on, or `{ share }` of them. */
  readonly atMost?: Threshold
  /**
   * The columns that say which row is which: a row in quarantine is known by them, so that it stays the same row while its other values change. Without
   * them, and where one of them is null, it is known by its content.
   */
  readonly key?: string | readonly string[]
  /** Write this node's rows even where it could be fused (`auto`: when something needs them standing still). */
  readonly keep?: 'auto' | true
  /** Replaces the code fingerprint: change it when the meaning changes. */
  readonly version?: string
  /** Declares that the result does not depend on `now`, although the code could read it. */
  readonly stable?: boolean
  readonly retry?: { readonly attempts: number; readonly backoff?: number }
  /** Per part, such as `30s`, `5m`. */
  readonly timeout?: string
  /** By when the node has to be up to date in every run, and what happens otherwise. */
  readonly deadline?: Deadline
  /** The name this node had before: its history moves along. */
  readonly renamedFrom?: string
  /** Sources: parts that a complete listing no longer shows. Default `remove`. */
  readonly onRemoved?: 'remove' | 'retain' | 'halt'
  /** Sources: losing more than half of the parts at once halts unless this is true. */
  readonly allowVanishing?: boolean
  /** The step needs rows to work, so it is not rehearsed on empty tables. */
  readonly rehearse?: boolean
}

export const nodeOptionNames = [
  'expect',
  'otherwise',
  'atLeast',
  'atMost',
  'key',
  'keep',
  'version',
  'stable',
  'retry',
  'timeout',
  'deadline',
  'renamedFrom',
  'onRemoved',
  'allowVanishing',
  'rehearse',
] as const satisfies readonly (keyof NodeOptions)[]

/** What the kernel reads of a node. */
export interface NodeSpec {
  readonly uses: NodeKind
  readonly inputs: readonly NodeInput[]
  /** Options of the kind, as the user wrote them; validated with all others before anything runs. */
  readonly options: unknown
  /** Declared output schema. */
  readonly schema: z.ZodObject | undefined
  readonly gate: NodeOptions
  /** Values handed to the code besides tables: part of the recipe. */
  readonly params: unknown
  /** For `node.quarantine`, `node.repairs` and `node.files`: the node it belongs to. */
  readonly output?: { readonly of: Node; readonly name: Exclude<OutputName, 'main'> }
}

// biome-ignore lint/suspicious/noExplicitAny: kinds of any options; the options were typed where the kind was defined.
type AnyKind = SourceKind<any, any> | TargetKind<any, any> | StepKind<any, any>

/** Makes a node. Kinds call it; users call the kinds. */
export function createNode<R extends Row>(given: {
  readonly uses: AnyKind
  readonly inputs?: readonly NodeInput[]
  readonly options?: unknown
  readonly schema?: z.ZodObject | undefined
  readonly gate?: NodeOptions
  readonly params?: unknown
}): Node<R> {
  const own: NodeSpec = {
    uses: given.uses as NodeKind,
    inputs: given.inputs ?? [],
    options: given.options ?? {},
    schema: given.schema,
    gate: given.gate ?? {},
    params: given.params,
  }
  return withSpec<R>(own, given.uses.name)
}

function withSpec<R extends Row>(own: NodeSpec, kind: string): Node<R> {
  const node = { [spec]: own, kind }
  // Not enumerable: every output has outputs of its own, and whoever prints or compares nodes would never come to an end.
  for (const name of besideNames) {
    let output: Node | undefined
    Object.defineProperty(node, name, {
      get() {
        output ??= withSpec(
          { ...own, inputs: [], gate: {}, output: { of: node as unknown as Node, name } },
          `${kind}.${name}`,
        )
        return output
      },
    })
  }
  return Object.freeze(node) as unknown as Node<R>
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && spec in value
}

export function specOf(node: Node): NodeSpec {
  return (node as unknown as { readonly [spec]: NodeSpec })[spec]
}

/** Splits what a user wrote for a node into the options every node takes and those of its kind. */
export function splitOptions<T extends object>(
  given: T,
): { readonly gate: NodeOptions; readonly rest: Omit<T, (typeof nodeOptionNames)[number]> } {
  const gate: Record<string, unknown> = {}
  const rest: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    if ((nodeOptionNames as readonly string[]).includes(key)) gate[key] = value
    else rest[key] = value
  }
  return { gate: gate as NodeOptions, rest: rest as Omit<T, (typeof nodeOptionNames)[number]> }
}
