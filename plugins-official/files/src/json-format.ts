import type { LogicalType } from 'tidegate'
import type { Carried, FileFormat } from './format.ts'
import { createJsonOptionsSource, createNdjsonOptionsSource, json, jsonOptions, ndjson, ndjsonOptions } from './json.ts'
import { createJsonTarget, createNdjsonTarget, toJson, toJsonOptions, toNdjson } from './to-json.ts'

/** JSON has no bytes; numbers that are no number are refused by value, not by type. */
export function carriedByJson(type: LogicalType): Carried {
  if (type.kind === 'binary') return 'refused'
  if (type.kind === 'list') return carriedByJson(type.of)
  if (type.kind !== 'struct') return 'same'
  return type.fields.some((field) => carriedByJson(field.type) === 'refused') ? 'refused' : 'same'
}

export const jsonFormat: FileFormat = {
  name: 'json',
  extensions: ['json'],
  packs: true,
  reader: { options: jsonOptions, create: createJsonOptionsSource, node: json },
  writer: {
    options: toJsonOptions,
    create: ({ path, ...writing }, place) => createJsonTarget(path, place, writing),
    node: toJson,
    carries: carriedByJson,
  },
}

export const ndjsonFormat: FileFormat = {
  name: 'ndjson',
  extensions: ['ndjson', 'jsonl'],
  packs: true,
  reader: { options: ndjsonOptions, create: createNdjsonOptionsSource, node: ndjson },
  writer: {
    options: toJsonOptions,
    create: ({ path, ...writing }, place) => createNdjsonTarget(path, place, writing),
    node: toNdjson,
    carries: carriedByJson,
  },
}
