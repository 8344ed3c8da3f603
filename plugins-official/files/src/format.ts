import type { Awaitable, LogicalType, Node, Place, Source, Target } from 'tidegate'
import type { z } from 'zod'

/**
 * How a logical type survives being written and read back through the same schema: `same`, `converted` (a documented loss that the writer reports),
 * or `refused` (`TYPE_UNSUPPORTED`, naming the column).
 */
export type Carried = 'same' | 'converted' | 'refused'

// biome-ignore lint/suspicious/noExplicitAny: formats of any options; each validates its own.
type Options = any

/**
 * One file format, as commands that work on files of any format see it. `@tidegate/files` brings several; packages named
 * `@tidegate/format-<name>` export theirs as `format` and are loaded when a file of that extension is met.
 */
export interface FileFormat {
  readonly name: string
  /** Lower case, without the dot and without a suffix of compression: `['csv', 'tsv', 'txt']`. */
  readonly extensions: readonly string[]
  /** Whether the whole file may be packed: `.gz`, `.zst` or `.br` after the extension. */
  readonly packs: boolean
  readonly reader?: {
    /** `path` is one of them. */
    readonly options: z.ZodObject
    /** Opens files as a node of this format would, with validated options. */
    create(options: Options, place: Place): Awaitable<Source>
    /** The node itself, with options as users write them. */
    node(options: Options): Node
  }
  readonly writer?: {
    readonly options: z.ZodObject
    create(options: Options, place: Place): Awaitable<Target>
    node(options: Options): Node
    carries(type: LogicalType): Carried
  }
}
