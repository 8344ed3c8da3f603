import type { LineageEdge } from '../../plugins/lineage-answers.ts'
import type { LineageDataset } from '../../plugins/lineage-store.ts'
import type { ColumnLineage } from '../../plugins/step-kind.ts'
import type { Json } from '../context.ts'
import { producer } from './names.ts'

/** One column of an output, with its sources as datasets. */
export interface ColumnOrigin {
  readonly column: string
  readonly sources: readonly { readonly namespace: string; readonly name: string; readonly field: string }[]
  readonly how: ColumnLineage['how']
  readonly expression?: string
}

const subtypes = { identity: 'IDENTITY', derived: 'TRANSFORMATION', opaque: 'OPAQUE' } as const

/**
 * ColumnLineageDatasetFacet 1-2-0. All three are of type DIRECT: `identity` with subtype IDENTITY, `derived` with TRANSFORMATION and the user's own
 * text as description, `opaque` with OPAQUE. An opaque column may hold a copy of any of its sources, and tools that follow sensitive data leave
 * INDIRECT edges out, so that INDIRECT would hide what cannot be excluded.
 */
export function columnFacet(origins: readonly ColumnOrigin[]): Json {
  const fields = origins.map(({ column, sources, how, expression }): [string, Json] => {
    const described = expression === undefined ? {} : { description: expression }
    const transformations = [{ type: 'DIRECT', subtype: subtypes[how], ...described, masking: false }]
    const inputFields = sources.map(({ namespace, name, field }) => ({ namespace, name, field, transformations }))
    // A constant has no input field that could carry the text.
    return [
      column,
      {
        inputFields,
        ...(sources.length === 0 && expression !== undefined ? { transformationDescription: expression } : {}),
      },
    ]
  })
  return {
    _producer: producer,
    _schemaURL:
      'https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet',
    fields: Object.fromEntries(fields),
  }
}

interface ReadField {
  readonly inputFields?: readonly {
    readonly namespace: string
    readonly name: string
    readonly field: string
    readonly transformations?: readonly {
      readonly type: string
      readonly subtype?: string
      readonly description?: string
    }[]
  }[]
  readonly transformationDescription?: string
}

function fieldsOf(output: LineageDataset): [string, ReadField][] {
  const facet = output.facets?.['columnLineage'] as
    | { readonly fields?: Readonly<Record<string, ReadField>> }
    | undefined
  return Object.entries(facet?.fields ?? {})
}

/** What the facet of an output says, whoever wrote it: an edge whose kind is not told counts as derived. */
export function columnEdges(output: LineageDataset): Omit<LineageEdge, 'job'>[] {
  return fieldsOf(output).flatMap(([column, { inputFields = [] }]) =>
    inputFields.map(({ namespace, name, field, transformations }) => {
      const [first] = transformations ?? []
      const how = first?.subtype === 'IDENTITY' ? 'identity' : first?.subtype === 'OPAQUE' ? 'opaque' : 'derived'
      return {
        from: { namespace, name, column: field },
        to: { namespace: output.namespace, name: output.name, column },
        how,
        ...(first?.description === undefined ? {} : { expression: first.description }),
      }
    }),
  )
}

/** Columns that were computed from nothing, with the text that gave them. */
export function constantColumns(output: LineageDataset): { readonly column: string; readonly expression?: string }[] {
  return fieldsOf(output)
    .filter(([, { inputFields = [] }]) => inputFields.length === 0)
    .map(([column, { transformationDescription: text }]) => ({
      column,
      ...(text === undefined ? {} : { expression: text }),
    }))
}
