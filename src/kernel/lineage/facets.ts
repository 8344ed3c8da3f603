import type { ErrorFacts } from '../../plugins/events.ts'
import type { Json } from '../context.ts'
import type { CheckOutcome } from '../parts/record.ts'
import { type Field, type TableSchema, typeName } from '../types.ts'
import { producer } from './names.ts'

const spec = 'https://openlineage.io/spec/facets'

/** Every facet says who made it and where its schema stands. */
function facet(schema: string, body: Readonly<Record<string, Json>>): Json {
  return { _producer: producer, _schemaURL: schema, ...body }
}

/** SchemaDatasetFacet 1-2-0. */
export function schemaFacet(schema: TableSchema): Json {
  return facet(`${spec}/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet`, { fields: fieldsOf(schema.fields) })
}

function fieldsOf(fields: readonly Field[]): Json {
  return fields.map((field, index) => ({
    name: field.name,
    type: typeName(field.type),
    ordinal_position: index + 1,
    ...(field.meta?.description === undefined ? {} : { description: field.meta.description }),
    ...(field.type.kind === 'struct' ? { fields: fieldsOf(field.type.fields) } : {}),
  }))
}

/** TagsDatasetFacet 1-0-0: one entry for each tag of each column; undefined where no column has one. */
export function tagsFacet(schema: TableSchema): Json | undefined {
  const tags = schema.fields.flatMap((field) =>
    (field.meta?.tags ?? []).map((key) => ({ key, value: 'true', source: 'USER', field: field.name })),
  )
  return tags.length === 0 ? undefined : facet(`${spec}/1-0-0/TagsDatasetFacet.json#/$defs/TagsDatasetFacet`, { tags })
}

/** DatasetVersionDatasetFacet 1-0-1. */
export function versionFacet(version: string): Json {
  return facet(`${spec}/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet`, {
    datasetVersion: version,
  })
}

/** OutputStatisticsOutputDatasetFacet 1-0-2. */
export function statisticsFacet(rows: number, bytes?: number, files?: number): Json {
  return facet(`${spec}/1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet`, {
    rowCount: rows,
    ...(bytes === undefined ? {} : { size: bytes }),
    ...(files === undefined ? {} : { fileCount: files }),
  })
}

/**
 * DataQualityAssertionsDatasetFacet 1-1-0. No value of the data is in it: samples stay out, and what a dataset check observed stays out where it
 * could show a tagged column.
 */
export function assertionsFacet(checks: readonly CheckOutcome[], schema: TableSchema): Json {
  const tagged = new Set(
    schema.fields.filter((field) => (field.meta?.tags?.length ?? 0) > 0).map((field) => field.name),
  )
  const shown = ({ scope, columns }: CheckOutcome): boolean =>
    scope !== 'dataset' || tagged.size === 0 || (columns.length > 0 && !columns.some((column) => tagged.has(column)))
  const assertions = checks.map((check) => ({
    assertion: check.name,
    success: check.pass,
    ...(check.columns.length === 1 ? { column: check.columns[0] as string } : {}),
    severity: check.verdict === 'warn' ? 'warn' : 'error',
    ...(shown(check) ? { actual: check.observed } : {}),
    params: { scope: check.scope, verdict: check.verdict, failed: check.failed, of: check.of, columns: check.columns },
  }))
  return facet(`${spec}/1-1-0/DataQualityAssertionsDatasetFacet.json#/$defs/DataQualityAssertionsDatasetFacet`, {
    assertions,
  })
}

/** ParentRunFacet 1-2-0. */
export function parentFacet(runId: string, job: { readonly namespace: string; readonly name: string }): Json {
  return facet(`${spec}/1-2-0/ParentRunFacet.json#/$defs/ParentRunFacet`, {
    run: { runId },
    job: { namespace: job.namespace, name: job.name },
  })
}

/** ErrorMessageRunFacet 1-0-1. */
export function errorFacet(error: ErrorFacts): Json {
  const message = `${error.code}: ${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}`
  return facet(`${spec}/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet`, {
    message,
    programmingLanguage: 'TypeScript',
  })
}

/** NominalTimeRunFacet 1-0-1: the time that the run was scheduled for, ISO 8601. */
export function nominalTimeFacet(time: string): Json {
  return facet(`${spec}/1-0-1/NominalTimeRunFacet.json#/$defs/NominalTimeRunFacet`, { nominalStartTime: time })
}

/** JobTypeJobFacet 2-0-4. `jobType` is the kind of the node, or PIPELINE. */
export function jobTypeFacet(jobType: string): Json {
  return facet(`${spec}/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet`, {
    processingType: 'BATCH',
    integration: 'TIDEGATE',
    jobType,
  })
}

/** Tidegate's own run facet; its schema is in docs/tidegate-run-facet.json. */
export function tidegateFacet(body: Readonly<Record<string, Json>>): Json {
  return facet(`${producer}/blob/main/docs/tidegate-run-facet.json#/$defs/TidegateRunFacet`, body)
}
