// The only door. First what pipelines are written with, then what plugins are written with.

export type { Handlers, Hooks, LateData, StepEvent, StepResult, Violation } from './hooks/hooks.ts'
export { type Batch, columnOf, sliceBatch, takeBatch } from './kernel/columns/batch.ts'
export { buildColumn, buildField } from './kernel/columns/build.ts'
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
export { toBatch, toTable } from './kernel/columns/from-table.ts'
export { BytesColumn, DictionaryColumn } from './kernel/columns/text.ts'
export type { Awaitable, Context, Json } from './kernel/context.ts'
export type { CheckFactory } from './kernel/define/check.ts'
export { defineCheck } from './kernel/define/check.ts'
export { type ColumnName, columnName } from './kernel/define/column-option.ts'
export type { Config, ConfigFunction, Environment, Given as ConfigGiven, Retention } from './kernel/define/config.ts'
export { defineConfig } from './kernel/define/config.ts'
export { desc, escape, op } from './kernel/define/expressions.ts'
export type { Generated, GeneratorContext, GeneratorFactory } from './kernel/define/generator.ts'
export { defineGenerator } from './kernel/define/generator.ts'
export { type Pipeline, pipeline } from './kernel/define/pipeline.ts'
export type { NoOptions } from './kernel/define/plugin.ts'
export { definePlugin, provide } from './kernel/define/plugin.ts'
export type { Handle, Handles, OutputHandle, RunFn, RunOptions } from './kernel/define/run-types.ts'
export type { FixedSourceFactory, SourceFactory } from './kernel/define/source.ts'
// ---- plugins: definitions
export { defineSource } from './kernel/define/source.ts'
export type { FoldStepFactory, RowWiseStepFactory, WholeStepFactory } from './kernel/define/step.ts'
export { defineStep } from './kernel/define/step.ts'
// ---- pipelines: tables
export { table } from './kernel/define/table.ts'
export { defineTarget, type TargetFactory } from './kernel/define/target.ts'
export type { ErrorCode, ErrorDetails } from './kernel/errors.ts'
export { isTidegateError, TidegateError } from './kernel/errors.ts'
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
export type { Node, NodeOptions, QuarantineColumns, Quarantined, Row } from './kernel/node.ts'
export type { CodeContext } from './kernel/nodes/code.ts'
// ---- pipelines: nodes
export { each } from './kernel/nodes/each.ts'
export type { Gate, SourceGate, StepGate, TargetOptions } from './kernel/nodes/gate.ts'
export { rollup } from './kernel/nodes/rollup.ts'
export type { OrderBy } from './kernel/nodes/step.ts'
export { step } from './kernel/nodes/step.ts'
export { tumbling, type Window } from './kernel/nodes/window.ts'
export { windowed } from './kernel/nodes/windowed.ts'
// ---- pipelines: config and runs
export { run } from './kernel/run/run.ts'
// ---- pipelines: types that zod has no word for
export { binary, decimal, int8, int16, timestamp, uint8, uint16 } from './kernel/schema/zod-types.ts'
export type { Secret } from './kernel/secret.ts'
export { isSecret, secretText } from './kernel/secret.ts'
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
// ---- plugins: contracts
export { createToken, type Token } from './kernel/token.ts'
// ---- plugins: data as the engine holds it
export {
  type Field,
  type FieldMeta,
  type LogicalType,
  sameType,
  type TableSchema,
  type TimeUnit,
  typeName,
  types,
} from './kernel/types.ts'
export type {
  Bits,
  Check,
  CheckOptions,
  CondemningRule,
  DatasetRule,
  LateAction,
  RowRule,
  RowVerdict,
} from './plugins/check.ts'
// ---- pipelines: checks
export { between } from './plugins/defaults/checks/between.ts'
export { expression } from './plugins/defaults/checks/expression.ts'
export { matches } from './plugins/defaults/checks/matches.ts'
export { notNull } from './plugins/defaults/checks/not-null.ts'
export { oneOf } from './plugins/defaults/checks/one-of.ts'
export { rowCount } from './plugins/defaults/checks/row-count.ts'
export { satisfies } from './plugins/defaults/checks/satisfies.ts'
export type { DatasetCheckOptions, UniqueOptions } from './plugins/defaults/checks/signatures.ts'
export { unique } from './plugins/defaults/checks/unique.ts'
export {
  type ErrorFacts,
  Events,
  type NodeStatus,
  type PlannedNode,
  type Span,
  type TidegateEvent,
} from './plugins/events.ts'
export { Executor, type Task, type TaskResult } from './plugins/executor.ts'
export { type LineageDataset, type LineageEvent, type LineageFilter, LineageStore } from './plugins/lineage-store.ts'
export { Logger } from './plugins/logger.ts'
export type { Accumulator, Key, Measure } from './plugins/measure.ts'
export type { AnyPlugin, Given, Needs, Plugin } from './plugins/plugin.ts'
export { SecretStore } from './plugins/secret-store.ts'
export type { OpenRequest, PartRef, Place, RejectedRow, Source, SourceChunk, SourceKind } from './plugins/source.ts'
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
export { type ByteSource, type PartWriter, StorageStrategy } from './plugins/storage-strategy.ts'
export type { Publication, Published, PublishedPart, Target, TargetKind } from './plugins/target.ts'
export { type StoredObject, Workspace } from './plugins/workspace.ts'
