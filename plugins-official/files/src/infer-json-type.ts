import { type Field, typeName, types } from 'tidegate'
import { fit } from './infer-bits.ts'
import type { ColumnState } from './infer-column.ts'
import { type JsonState, type JsonStates, jsonKinds } from './infer-json.ts'
import { nestedType } from './infer-nested.ts'
import { type InferredColumn, inferColumn } from './infer-type.ts'

const kindNames: readonly (readonly [kind: number, name: string])[] = [
  [jsonKinds.boolean, 'boolean'],
  [jsonKinds.number, 'number'],
  [jsonKinds.text, 'text'],
  [jsonKinds.list, 'list'],
  [jsonKinds.object, 'object'],
]

/** The columns of JSON records with their types and the evidence. A key whose values are of several kinds is JSON text: `format: 'json'`. */
export function inferJsonColumns({ records, keys }: JsonStates): readonly InferredColumn[] {
  return [...keys].map(([name, state]) => {
    const found = ofKind(name, state)
    const absent = Math.max(0, records - state.present)
    return { field: found.field, evidence: { ...found.evidence, rows: records, absent } }
  })
}

function ofKind(name: string, state: JsonState): InferredColumn {
  const { boolean, number, text, list, object } = jsonKinds
  switch (state.kinds) {
    case 0:
      return inferColumn(name, { ...state.texts, rows: 0, absent: 0 })
    case boolean:
      return plain(name, { name, type: types.boolean, nullable: true })
    case number: {
      const found = inferColumn(name, state.numbers)
      return found.field.type.kind === 'string' ? asText(name, state, found.evidence.note) : found
    }
    case text:
      return inferColumn(name, isoOnly(state.texts))
    case list:
    case object: {
      const type = nestedType(state.nested)
      if (type !== undefined) return plain(name, { name, type, nullable: true })
      return asText(name, state, 'no one type holds all that is inside without loss')
    }
    default:
      return asText(name, state, undefined)
  }
}

/** Numbers and booleans in quotes are text; so are dates in other spellings than ISO 8601. */
function isoOnly(state: ColumnState): ColumnState {
  const kept = fit.iso | fit.time
  return {
    ...state,
    fits: state.fits & kept,
    refuted: new Map([...state.refuted].filter(([bit]) => (bit & kept) !== 0)),
  }
}

function plain(name: string, field: Field): InferredColumn {
  const type = typeName(field.type)
  return { field, evidence: { name, type, rows: 0, absent: 0, fits: [type], ruledOut: [] } }
}

function asText(name: string, { kinds, firsts }: JsonState, why: string | undefined): InferredColumn {
  const found = kindNames.flatMap(([kind, label]) => {
    const first = firsts.get(kind)
    return (kinds & kind) === 0 || first === undefined ? [] : [{ type: label, ...first }]
  })
  const list = found.map(({ type, line }) => `${type} (line ${line})`).join(', ')
  return {
    field: { name, type: types.string, nullable: true, format: 'json' },
    evidence: {
      name,
      type: 'string',
      format: 'json',
      rows: 0,
      absent: 0,
      fits: ['string'],
      ruledOut: found,
      note:
        why === undefined
          ? `values are of several kinds: ${list}; they are kept as their JSON text`
          : `${why}: kept as JSON text`,
    },
  }
}
