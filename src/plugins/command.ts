import type { Batch } from '../kernel/columns/batch.ts'
import type { Place } from './source.ts'

/** Styles for terminals; without colour every one of them leaves the text as it is. */
export interface CommandPaint {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

export interface CommandColumn {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Leave the column out when no row has anything in it. */
  readonly optional?: boolean
  /** Its cells are cut when the table is too wide for the terminal, down to this many characters. */
  readonly least?: number
}

export type CommandCell = string | { readonly text: string; readonly style: (text: string) => string }

/** Where a command shows what it has to say. Control characters steer no terminal, secrets that are known are blotted out. */
export interface CommandScreen {
  /** Standard output is a terminal. */
  readonly terminal: boolean
  /** Records for programs instead of text for people. */
  readonly json: boolean
  readonly paint: CommandPaint
  /** Columns of the terminal; without end where there is none. */
  width(): number
  /** Lines on standard output. */
  lines(...lines: readonly string[]): void
  /** One record on a line of its own, on standard output. */
  record(value: unknown): void
  /** A line on standard error: what is no result. */
  note(line: string): void
  /** Aligned lines with a line of titles. */
  table(columns: readonly CommandColumn[], rows: readonly (readonly CommandCell[])[]): void
  /** Rows as an aligned table: values of columns tagged `pii` are masked, long ones are cut, columns that do not fit are named underneath. */
  batch(batch: Batch): void
  /** The same rows as JSON: instants as ISO 8601, what JSON cannot carry as text, tagged values masked. */
  batchRecords(batch: Batch): readonly Readonly<Record<string, unknown>>[]
}

/** What a command that a package brings receives besides its own words and options. */
export interface CommandContext {
  /** The folder that people typed the command in. */
  readonly cwd: string
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly screen: CommandScreen
  /** Standard input, for commands that take `-` as a file. */
  readonly stdin: AsyncIterable<Uint8Array>
  /** How people type `tidegate` where they are, such as `npx tidegate`. */
  readonly prefix: string
  /**
   * Imports a package as the project would, else as it lies beside Tidegate.
   * @throws `PLUGIN_NOT_FOUND` with the command that installs it; `CONFIG_THREW` where it cannot be loaded.
   */
  load(name: string): Promise<Readonly<Record<string, unknown>>>
  /** A place for sources and targets to work at, as a run gives one. `memory` in bytes. */
  place(given: { readonly folder?: string; readonly memory: number; readonly threads: number }): Place
}

/**
 * A command of a package. The command line of Tidegate declares its usage and options, so that help loads nothing, and calls the export of that name
 * of the package's door `./commands`. Resolves to the exit code: 0 all is well, 1 data failed, 2 usage. Errors are thrown.
 */
export type Command<O extends object = object> = (
  words: readonly string[],
  options: O,
  context: CommandContext,
) => Promise<number>
