import type { LogicalType } from 'tidegate'
import type { Carried, FileFormat } from './format.ts'
import { createParquetSource, parquet, parquetOptions } from './parquet.ts'
import { createParquetTarget, toParquet, toParquetOptions } from './parquet-target.ts'

/** DuckDB has instants in microseconds only; everything else survives through its schema. */
export function carriedByParquet(type: LogicalType): Carried {
  if (type.kind === 'list') return carriedByParquet(type.of)
  if (type.kind === 'struct')
    return type.fields.some((field) => carriedByParquet(field.type) === 'refused') ? 'refused' : 'same'
  return 'same'
}

export const parquetFormat: FileFormat = {
  name: 'parquet',
  extensions: ['parquet'],
  packs: false,
  reader: {
    options: parquetOptions,
    create: ({ path, filter, in: workspace }, place) => createParquetSource(path, filter, place, workspace),
    node: parquet,
  },
  writer: {
    options: toParquetOptions,
    create: createParquetTarget,
    node: toParquet,
    carries: carriedByParquet,
  },
}
