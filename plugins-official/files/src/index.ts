export { arrow } from './arrow.ts'
export { arrowFormat } from './arrow-format.ts'
export { type CheckFileOptions, checkFile } from './audit/check-file.ts'
export type { FileCheck, FileCheckOutcome } from './audit/outcome.ts'
export { csv } from './csv.ts'
export { csvFormat, tsvFormat } from './csv-format.ts'
export type { FileFormat } from './format.ts'
export { inferSchema } from './infer-schema.ts'
export type { ColumnEvidence } from './infer-type.ts'
export type { Inference } from './inference.ts'
export { json, ndjson } from './json.ts'
export { jsonFormat, ndjsonFormat } from './json-format.ts'
export { parquet } from './parquet.ts'
export type { Filter } from './parquet-filter.ts'
export { toParquet } from './parquet-target.ts'
export {
  type FoundEncoding,
  type SniffedTable,
  type SniffOptions,
  type SniffReport,
  sniffBytes,
  sniffFile,
} from './sniff.ts'
export { toArrow } from './to-arrow.ts'
export { toCsv } from './to-csv.ts'
export { toJson, toNdjson } from './to-json.ts'
