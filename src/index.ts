// The only door. First what pipelines are written with, then what plugins are written with.
// biome-ignore-all assist/source/organizeImports: ordered for people who read what there is.

// ---- pipelines: nodes
export { each } from './kernel/nodes/each.ts'
export { type OrderBy, step } from './kernel/nodes/step.ts'
export { rollup } from './kernel/nodes/rollup.ts'
export { windowed } from './kernel/nodes/windowed.ts'
export { tumbling, type Window } from './kernel/nodes/window.ts'
export { fromTable } from './plugins/defaults/from-table.ts'
export { type Pipeline, pipeline } from './kernel/define/pipeline.ts'
export { nodeName } from './kernel/define/node-name.ts'
export { isNode } from './kernel/node.ts'
export type {
  Deadline,
  DeadlineAction,
  Node,
  NodeOptions,
  OutputName,
  QuarantineColumns,
  Quarantined,
  RepairedCell,
  Row,
  SavedFile,
} from './kernel/node.ts'
export type { CodeContext, WholeCodeContext } from './kernel/nodes/code.ts'
export type { Awaitable, Context, Json } from './kernel/context.ts'

// ---- pipelines: checks
export { between } from './plugins/defaults/checks/between.ts'
export { expression } from './plugins/defaults/checks/expression.ts'
export { matches } from './plugins/defaults/checks/matches.ts'
export { notNull } from './plugins/defaults/checks/not-null.ts'
export { oneOf } from './plugins/defaults/checks/one-of.ts'
export { rowCount } from './plugins/defaults/checks/row-count.ts'
export { satisfies } from './plugins/defaults/checks/satisfies.ts'
export { unique } from './plugins/defaults/checks/unique.ts'

// ---- checks without a pipeline
export { validate } from './kernel/validate/validate.ts'
export type {
  OtherRows,
  SplitValidation,
  ValidateFn,
  ValidateOptions,
  Validation,
} from './kernel/validate/validation.ts'
export type { Data, HeldData } from './kernel/validate/rows-of.ts'
export type { CheckOutcome } from './kernel/parts/record.ts'

// ---- pipelines: measures and keys
export { approxDistinct } from './kernel/measures/approx-distinct.ts'
export { day, hour, month, week, year } from './kernel/measures/calendar.ts'
export { count } from './kernel/measures/count.ts'
export { countDistinct } from './kernel/measures/count-distinct.ts'
export { first, last } from './kernel/measures/first-last.ts'
export { mean } from './kernel/measures/mean.ts'
export { max, min } from './kernel/measures/min-max.ts'
export { quantile } from './kernel/measures/quantile.ts'
export { sum } from './kernel/measures/sum.ts'
export { stdev, variance } from './kernel/measures/variance.ts'

// ---- pipelines: tables, and column types that zod has no word for
export { table } from './kernel/define/table.ts'
export { desc, escape, op } from './kernel/define/expressions.ts'
export { binary, decimal, int8, int16, timestamp, uint8, uint16 } from './kernel/schema/zod-types.ts'
export type { Table, TableColumn } from './kernel/table.ts'
export type {
  Cell,
  Cells,
  Committed,
  Desc,
  Escaped,
  Expr,
  RowOf,
  Schema,
  SchemaRow,
  Text,
  Timestamp,
} from './kernel/table-types.ts'

// ---- pipelines: config and runs
export { defineConfig } from './kernel/define/config.ts'
export type { Schedule } from './kernel/define/schedule.ts'
export type { Config, ConfigFunction, Given as ConfigGiven, Environment, Retention } from './kernel/define/config.ts'
export { run } from './kernel/run/run.ts'
export { history } from './kernel/run/history.ts'
export type { MetricSnapshot } from './kernel/inspect/metric-history.ts'
export {
  applyCorrections,
  type DecisionOptions,
  dismissQuarantined,
  listQuarantined,
  type QuarantineOptions,
  readQuarantined,
} from './kernel/run/quarantine.ts'
export type { AppliedCorrections } from './kernel/corrections/apply.ts'
export type { Dismissed } from './kernel/corrections/dismiss.ts'
export type { QuarantineView, ReasonCount, RowSelection } from './kernel/inspect/quarantine.ts'
export type { QuarantineStatus } from './kernel/parts/record.ts'
export type { Handle, Handles, OutputHandle, RunFn, RunOptions } from './kernel/define/run-types.ts'
export { type ErrorCode, type ErrorDetails, isTidegateError, TidegateError } from './kernel/errors.ts'
export type { Secret } from './kernel/secret.ts'

// ---- plugins: definitions
export {
  type Connection,
  defineSource,
  type FixedSourceFactory,
  type OpenSourceFactory,
  type SourceFactory,
} from './kernel/define/source.ts'
export { defineTarget, type TargetFactory } from './kernel/define/target.ts'
export { defineGenerator } from './kernel/define/generator.ts'
export type { Generated, GeneratorContext, GeneratorFactory } from './kernel/define/generator.ts'
export { defineStep } from './kernel/define/step.ts'
export type { FoldStepFactory, RowWiseStepFactory, WholeStepFactory } from './kernel/define/step.ts'
export { type CheckFactory, defineCheck } from './kernel/define/check.ts'
export { defineRepair, type RepairFactory, type RepairOptions } from './kernel/define/repair.ts'
export { columnCheck, createCheck, type Marker } from './plugins/defaults/checks/row-check.ts'
export { definePlugin, type NoOptions, provide } from './kernel/define/plugin.ts'
export { type ColumnName, columnName } from './kernel/define/column-option.ts'
export { serviceOption } from './kernel/define/service-option.ts'
export { isSecret, secretText } from './kernel/secret.ts'
export type { Gate, SourceGate, StepGate, TargetOptions } from './kernel/nodes/gate.ts'
export type { CheckReport, NodeReport, RunReport, SampleRows } from './kernel/inspect/run-report.ts'
export type { MetricPoint } from './kernel/parts/metrics.ts'
export { didYouMean } from './kernel/nearest.ts'
export { missedThresholds, showThresholds } from './kernel/threshold.ts'

// ---- plugins: contracts
export { createToken, type Token } from './kernel/token.ts'
export type { AnyPlugin, Given, Needs, Plugin } from './plugins/plugin.ts'
export type { Handlers, Hooks, LateData, StepEvent, StepResult, Violation } from './hooks/hooks.ts'
export type {
  Bits,
  Check,
  CheckOptions,
  CondemningRule,
  DatasetRule,
  Condemnation,
  CondemnedPart,
  Decision,
  GateFacts,
  HistoryPoint,
  InMemoryRule,
  LateAction,
  OtherDataset,
  RowRule,
  RowVerdict,
  Severity,
  Threshold,
} from './plugins/check.ts'
export type { DatasetCheckOptions, UniqueOptions } from './plugins/defaults/checks/signatures.ts'
export type { CalendarOptions } from './kernel/measures/signatures.ts'
export type { MendCells, Repair, RepairFunction, RepairVerdict } from './plugins/repair.ts'
export type { Accumulator, Key, Measure } from './plugins/measure.ts'
export {
  type Aggregate,
  type Condemns,
  type Constant,
  type Description,
  described,
  type Predicate,
  type RowPredicate,
} from './plugins/predicate.ts'
export type {
  DescribeRequest,
  OpenRequest,
  PartRef,
  Place,
  RejectedRow,
  Source,
  SourceChunk,
  SourceKind,
} from './plugins/source.ts'
export type { Publication, Published, PublishedPart, Target, TargetKind } from './plugins/target.ts'
export type {
  ColumnLineage,
  ColumnSource,
  FoldStep,
  RowWiseStep,
  Step,
  StepContext,
  StepInput,
  StepKind,
  WholeStep,
} from './plugins/step-kind.ts'
export { Events } from './plugins/events.ts'
export type {
  Counts,
  ErrorFacts,
  FanOut,
  MissedDeadline,
  NodeStatus,
  PlannedNode,
  RemovedNode,
  Span,
  TidegateEvent,
} from './plugins/events.ts'
export {
  Executor,
  type Perform,
  type RowHelper,
  type RowLocal,
  type RowPacket,
  type Task,
  type TaskPart,
  type TaskResult,
} from './plugins/executor.ts'
export {
  createTaskRunner,
  type LogLine,
  type NodeCall,
  performTask,
  type TaskRunner,
  type TaskRunnerOptions,
} from './kernel/run/perform-task.ts'
export { type PackedError, packError, unpackError } from './kernel/log/pack-error.ts'
export { type LineageDataset, type LineageEvent, type LineageFilter, LineageStore } from './plugins/lineage-store.ts'
export { lineageFilter } from './plugins/lineage-filter.ts'
export { instantOf } from './plugins/lineage-answers.ts'
export type {
  LineageAnswers,
  LineageEdge,
  LineageInput,
  LineageJob,
  LineageRange,
  LineageRun,
  LineageSubject,
  LineageVersion,
} from './plugins/lineage-answers.ts'
export { lineageEdges } from './kernel/lineage/edges.ts'
export { lineageRun, versionOf } from './kernel/lineage/runs.ts'
export { createLineageReader, type LineageReader } from './kernel/lineage/reader.ts'
export { subjectOf } from './kernel/lineage/names.ts'
export { Logger } from './plugins/logger.ts'
export { Project } from './plugins/project.ts'
export { SecretStore } from './plugins/secret-store.ts'
export { type ByteSource, type PartWriter, StorageStrategy } from './plugins/storage-strategy.ts'
export { type StoredObject, Workspace } from './plugins/workspace.ts'
export { diskWorkspace } from './plugins/defaults/disk-workspace.ts'

// ---- plugins: data as the engine holds it
export { sameType, typeName, types } from './kernel/types.ts'
export type { Field, FieldMeta, LogicalType, TableSchema, TimeUnit } from './kernel/types.ts'
export { type Batch, columnOf, sliceBatch, takeBatch } from './kernel/columns/batch.ts'
export {
  BooleanColumn,
  type Codes,
  type Column,
  DecimalColumn,
  FlatColumn,
  type FlatValues,
  Int64Column,
  isColumn,
  isValid,
  TemporalColumn,
  ValuesColumn,
} from './kernel/columns/column.ts'
export { BytesColumn, DictionaryColumn } from './kernel/columns/text.ts'
export { isAscii } from './kernel/columns/ascii.ts'
export { buildColumn, buildField } from './kernel/columns/build.ts'
export { columnIndex, fieldOf } from './kernel/measures/resolve.ts'
export { doubles } from './kernel/measures/doubles.ts'
export { compareText } from './kernel/group/compare.ts'
export { markCells, markCodes, markRow, someAbsent, textMarker } from './plugins/defaults/checks/mark.ts'
export { toBatch, toTable } from './kernel/columns/from-table.ts'
export { conform } from './kernel/schema/conform.ts'
export { createPlace } from './kernel/place.ts'
export { schemaCheckOf } from './kernel/gate/schema-check.ts'
export { concatBatches } from './kernel/schema/concat.ts'
export { declaredSchema } from './kernel/schema/declared.ts'
export { unifySchemas } from './kernel/schema/unify.ts'
export { type ContentHash, createContentHash } from './kernel/hash/content-hash.ts'
export { keyHashes } from './kernel/hash/row-hashes.ts'
export { display } from './kernel/display.ts'

// ---- plugins: commands
export type {
  Command,
  CommandCell,
  CommandColumn,
  CommandContext,
  CommandPaint,
  CommandScreen,
} from './plugins/command.ts'
export { readOptions } from './kernel/boot/read-options.ts'
export { readChecks, readSchema } from './kernel/config/read-declared.ts'
export { parseBytes, parseDuration } from './kernel/config/units.ts'
