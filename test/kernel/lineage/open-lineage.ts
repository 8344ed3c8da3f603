import { z } from 'zod'

/** The rules of OpenLineage 2-0-2 and of the facets we use, written from the published JSON schemas. Unknown facets need the two marks as well. */
const uri = z.url()
const base = { _producer: uri, _schemaURL: uri.regex(/#\/\$defs\/\w+$/) }
const other = z.looseObject(base)
const job = { namespace: z.string().min(1), name: z.string().min(1) }

export interface SchemaField {
  name: string
  type?: string
  ordinal_position?: number
  description?: string
  fields?: SchemaField[]
}
const schemaField: z.ZodType<SchemaField> = z.lazy(
  () =>
    z.strictObject({
      name: z.string(),
      type: z.string(),
      ordinal_position: z.int().min(1),
      description: z.string().optional(),
      fields: z.array(schemaField).optional(),
    }) as never,
)
const inputField = z.strictObject({
  ...job,
  field: z.string(),
  transformations: z.array(
    z.strictObject({
      type: z.enum(['DIRECT', 'INDIRECT']),
      subtype: z.string(),
      description: z.string().optional(),
      masking: z.boolean(),
    }),
  ),
})
const datasetFacets = z
  .strictObject({
    schema: z.strictObject({ ...base, fields: z.array(schemaField) }),
    version: z.strictObject({ ...base, datasetVersion: z.string() }),
    tags: z.strictObject({
      ...base,
      tags: z.array(z.strictObject({ key: z.string(), value: z.string(), source: z.string(), field: z.string() })),
    }),
    columnLineage: z.strictObject({
      ...base,
      fields: z.record(
        z.string(),
        z.strictObject({ inputFields: z.array(inputField), transformationDescription: z.string().optional() }),
      ),
    }),
  })
  .partial()
const assertion = z.strictObject({
  assertion: z.string(),
  success: z.boolean(),
  column: z.string().optional(),
  severity: z.enum(['error', 'warn']),
  actual: z.string().optional(),
  params: z.record(z.string(), z.unknown()),
})
const outputFacets = z
  .strictObject({
    outputStatistics: z.strictObject({
      ...base,
      rowCount: z.int(),
      size: z.int().optional(),
      fileCount: z.int().optional(),
    }),
    dataQualityAssertions: z.strictObject({ ...base, assertions: z.array(assertion) }),
  })
  .partial()
const dataset = { ...job, facets: datasetFacets.optional() }

export const runEvent = z.strictObject({
  eventType: z.enum(['START', 'RUNNING', 'COMPLETE', 'ABORT', 'FAIL', 'OTHER']),
  eventTime: z.iso.datetime(),
  run: z.strictObject({
    runId: z.uuid(),
    facets: z
      .strictObject({
        parent: z.strictObject({ ...base, run: z.strictObject({ runId: z.uuid() }), job: z.strictObject(job) }),
        errorMessage: z.strictObject({ ...base, message: z.string(), programmingLanguage: z.string() }),
        tidegate: other,
      })
      .partial()
      .optional(),
  }),
  job: z.strictObject({
    ...job,
    facets: z.strictObject({
      jobType: z.strictObject({
        ...base,
        processingType: z.literal('BATCH'),
        integration: z.string(),
        jobType: z.string(),
      }),
    }),
  }),
  inputs: z.array(z.strictObject(dataset)),
  outputs: z.array(z.strictObject({ ...dataset, outputFacets: outputFacets.optional() })),
  producer: uri,
  schemaURL: z.literal('https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent'),
})
