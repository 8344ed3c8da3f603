/**
 * Every failure a user can meet: one code, one meaning, one exit code. The errors page of the documentation is generated from this table.
 * Exit 1: the data or the run failed. Exit 2: usage or configuration.
 */
export const errorCodes = {
  // configuration and wiring
  CONFIG_NOT_FOUND: { exit: 2, meaning: 'No pipeline.config file and no "tidegate" key in package.json was found.' },
  CONFIG_THREW: { exit: 2, meaning: 'The config file could not be loaded, or its function threw.' },
  CONFIG_INVALID: {
    exit: 2,
    meaning: 'The config has faults; all of them are listed, each with its place and remedy.',
  },
  PLUGIN_NOT_FOUND: { exit: 2, meaning: 'A package named in the config is not installed or exports no such plugin.' },
  BOOT_FAILED: {
    exit: 2,
    meaning: 'The kernel could not start: missing tokens, cycles or failing plugins; all faults are listed.',
  },
  DISPOSE_FAILED: { exit: 1, meaning: 'Plugins failed while they were being closed; what was committed before stays.' },
  SECRET_MISSING: { exit: 2, meaning: 'A secret that the run needs is not set.' },
  USAGE: { exit: 2, meaning: 'The command line was not understood.' },
  PIPELINE_UNKNOWN: { exit: 2, meaning: 'The config has no pipeline of that name.' },
  RUN_UNKNOWN: { exit: 2, meaning: 'No entry that is kept was made by that run.' },
  NODE_UNKNOWN: { exit: 2, meaning: 'The pipeline has no node of that name.' },
  NODE_UNNAMED: { exit: 2, meaning: 'A node that is reachable from the pipeline has no key in it.' },
  NODE_CYCLE: { exit: 2, meaning: 'Nodes depend on each other in a circle.' },
  // schema and types
  SCHEMA_MISMATCH: { exit: 1, meaning: 'A table does not fit the declared or pinned schema.' },
  SCHEMA_MIXED: { exit: 1, meaning: 'A column holds values of several types, so no type can be given to it.' },
  TYPE_PRECISION: {
    exit: 1,
    meaning: 'A value cannot be represented without loss in the type it is read or written as.',
  },
  TYPE_UNSUPPORTED: { exit: 1, meaning: 'A type that this format, engine or operation cannot carry.' },
  COLUMN_MISSING: { exit: 1, meaning: 'A column that a step, check, measure or target names does not exist.' },
  // steps
  STEP_FAILED: { exit: 1, meaning: "A step's own code threw." },
  STEP_EXPRESSION: {
    exit: 1,
    meaning: 'An expression cannot work; found by the rehearsal on an empty table, before data was read.',
  },
  STEP_NOT_ROW_WISE: { exit: 1, meaning: 'A step of kind "each" used a verb or function that sees more than one row.' },
  STEP_BATCH_DEPENDENT: { exit: 1, meaning: 'A step of kind "each" gave other results for other batch sizes.' },
  STEP_NO_RESULT: { exit: 1, meaning: 'A step returned nothing.' },
  STEP_NOT_A_TABLE: { exit: 1, meaning: 'A step returned something that is not an Arquero table.' },
  STEP_TIMEOUT: { exit: 1, meaning: 'A step ran longer than its time-out.' },
  DEADLINE_MISSED: {
    exit: 1,
    meaning: 'A deadline whose action is halt passed: the node was stopped, and what depends on it was withheld.',
  },
  // gate
  GATE_HALTED: {
    exit: 1,
    meaning:
      'A check whose verdict is halt failed, or a threshold was missed: the node and its descendants were withheld.',
  },
  GATE_UNBALANCED: {
    exit: 1,
    meaning: 'Rows in differ from rows out + quarantined + dropped: a fault of Tidegate itself, nothing was committed.',
  },
  CORRECTION_INVALID: {
    exit: 1,
    meaning:
      'What people decided about rows in quarantine does not fit them: unknown keys or columns, or a node that takes no corrections.',
  },
  CHECK_FAILED: { exit: 1, meaning: "A check's own code threw." },
  REPAIR_FAILED: { exit: 1, meaning: 'The code of a repair threw, or gave a value that its column cannot hold.' },
  HOOK_FAILED: {
    exit: 1,
    meaning: 'A tap of a plugin or of the config threw, or answered with something that is no verdict.',
  },
  // sources and files
  SOURCE_EMPTY: { exit: 1, meaning: 'A glob or listing matched nothing.' },
  SOURCE_NOT_FOUND: { exit: 1, meaning: 'A file that the config names does not exist.' },
  SOURCE_UNREADABLE: {
    exit: 1,
    meaning: 'A file exists but cannot be read (permission, directory in its place, input/output error).',
  },
  SOURCE_CORRUPT: { exit: 1, meaning: 'A file is truncated, empty, encrypted or not of the stated format.' },
  SOURCE_CHANGED: { exit: 1, meaning: 'A part changed while it was being read.' },
  SOURCE_UNSAFE: {
    exit: 1,
    meaning: 'A file names classes or functions of a program instead of plain data; nothing of it was run.',
  },
  ROW_MALFORMED: { exit: 1, meaning: 'A row could not be parsed, and the verdict for such rows is halt.' },
  ROWS_NOT_KEPT: {
    exit: 1,
    meaning: 'Rows of a node that keeps none are needed as committed, but what they were made from has changed.',
  },
  PARTS_VANISHED: { exit: 1, meaning: 'More than half of the parts of a source disappeared at once.' },
  // runs
  RUN_ABORTED: { exit: 1, meaning: 'The run was cancelled; finished records stay and the next run adopts them.' },
  RUN_FAILED: { exit: 1, meaning: 'Some nodes failed or were withheld; the others were committed.' },
  RUN_CONFLICT: { exit: 1, meaning: 'Other runs kept committing first; planning again did not help.' },
  ENGINE_FAILED: {
    exit: 1,
    meaning: 'An embedded engine (such as DuckDB) could not start, refused a statement or ran out of memory.',
  },
  EXECUTOR_FAILED: { exit: 1, meaning: 'An executor broke its contract.' },
  WORKER_CRASHED: {
    exit: 1,
    meaning: 'The thread or process that worked on a part came to an end: memory ran out, or code ended it.',
  },
  TASK_FINGERPRINT: { exit: 1, meaning: 'A worker has other code than the coordinator that sent the task.' },
  WORKSPACE_FAILED: { exit: 1, meaning: 'The workspace could not be read or written; nothing committed is lost.' },
  WORKSPACE_CORRUPT: { exit: 1, meaning: 'A file of the workspace is damaged or of an unknown version.' },
  WORKSPACE_BUSY: { exit: 1, meaning: 'Another process is at work in this workspace, and the command needs it alone.' },
  TARGET_FAILED: { exit: 1, meaning: 'A target could not publish; what it showed before is still there.' },
  OUTPUT_DIFFERS: {
    exit: 1,
    meaning: 'A file that was written does not read back as what it was made from; it was removed.',
  },
  LINEAGE_FAILED: { exit: 1, meaning: 'The lineage store could not be written or read.' },
} as const satisfies Record<string, { readonly exit: 1 | 2; readonly meaning: string }>

export type ErrorCode = keyof typeof errorCodes

const brand = Symbol.for('tidegate/error@1')

export interface ErrorDetails {
  /** What to do about it, one sentence in the imperative. */
  readonly hint?: string
  /** Facts for programs, JSON only. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** The only error Tidegate throws on purpose. `message` is the fact in the user's own names, `hint` the remedy, `cause` the native error. */
export class TidegateError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly data: Readonly<Record<string, unknown>>
  readonly [brand] = true
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'TidegateError'
    this.code = code
    this.hint = details.hint
    this.data = details.data ?? {}
  }
}

/** True for errors of any installed copy of Tidegate (a brand, since `instanceof` fails across copies). */
export function isTidegateError(error: unknown): error is TidegateError {
  return typeof error === 'object' && error !== null && brand in error
}
