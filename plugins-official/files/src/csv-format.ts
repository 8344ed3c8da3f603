import type { LogicalType } from 'tidegate'
import { z } from 'zod'
import { createCsvSource, csv, csvSourceOptions } from './csv.ts'
import type { Carried, FileFormat } from './format.ts'
import { createCsvTarget, toCsv, toCsvOptions } from './to-csv.ts'

/** Text has no place for lists, structs and bytes; everything else is spelt so that it reads back equal through the same schema. */
export function carriedByCsv(type: LogicalType): Carried {
  return type.kind === 'list' || type.kind === 'struct' || type.kind === 'binary' ? 'refused' : 'same'
}

type Given = Readonly<Record<string, unknown>>

function csvLike(name: string, extensions: readonly string[], delimiter: string): FileFormat {
  const own = z.string().default(delimiter)
  const withDelimiter = (given: Given) => ({ delimiter, ...given }) as never
  return {
    name,
    extensions,
    packs: true,
    reader: {
      options: csvSourceOptions.safeExtend({ delimiter: csvSourceOptions.shape.delimiter.unwrap().default(delimiter) }),
      create: createCsvSource,
      node: (options: Given) => csv(withDelimiter(options)),
    },
    writer: {
      options: toCsvOptions.extend({ delimiter: own }),
      create: ({ path, ...writing }, place) => createCsvTarget(path, writing, place),
      node: (options: Given) => toCsv(withDelimiter(options)),
      carries: carriedByCsv,
    },
  }
}

export const csvFormat: FileFormat = csvLike('csv', ['csv', 'txt'], ',')

/** CSV with a tab between cells. */
export const tsvFormat: FileFormat = csvLike('tsv', ['tsv', 'tab'], '\t')
