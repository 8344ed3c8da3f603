import { type Batch, type Column, type Field, type TableSchema, TidegateError } from 'tidegate'
import { unsupported } from './cell-readers.ts'
import { cellTexts } from './cell-texts.ts'
import type { DialectOptions } from './csv-dialect.ts'
import type { Encoding } from './encoding.ts'
import { beyond } from './encoding-write.ts'

export type CsvWriting = DialectOptions & { readonly header: boolean; readonly encoding?: Encoding }

/** Makes the text of one batch after another, lines ended by LF. */
export interface CsvWriter {
  readonly header: string
  rows(batch: Batch): string
}

/**
 * What `csv` reads back equal with the same options. Cells are in quotes only where they must be: text that looks like a formula stays as it is.
 * @throws `TYPE_UNSUPPORTED` naming the column whose type or value the dialect cannot carry.
 */
export function createCsvWriter(schema: TableSchema, options: CsvWriting): CsvWriter {
  for (const field of schema.fields)
    if (['list', 'struct', 'binary'].includes(field.type.kind)) throw unsupported(field, 'CSV')
  const quotes = quoting(options)
  const names = schema.fields.map((field, i) => quotes(field.name, field, i === 0))
  const { delimiter } = options
  return {
    header: options.header && schema.fields.length > 0 ? `${names.join(delimiter)}\n` : '',
    rows(batch) {
      const columns = batch.columns.map((column, i) =>
        cells(column, schema.fields[i] as Field, i === 0, options, quotes),
      )
      const lines = new Array<string>(batch.length)
      for (let row = 0; row < batch.length; row++) {
        let line = columns.length === 0 ? '' : ((columns[0] as readonly string[])[row] as string)
        for (let i = 1; i < columns.length; i++) line += delimiter + ((columns[i] as readonly string[])[row] as string)
        lines[row] = line
      }
      return batch.length === 0 ? '' : `${lines.join('\n')}\n`
    },
  }
}

type Quotes = (text: string, field: Field, first: boolean) => string

function cells(column: Column, field: Field, first: boolean, options: CsvWriting, quotes: Quotes): string[] {
  const texts = cellTexts(column)
  const { nulls, decimal } = options
  const nothing = nulls[0]
  const text = field.type.kind === 'string'
  const comma = decimal === ',' && (field.type.kind === 'float' || field.type.kind === 'decimal')
  const spelt = new Set(nulls)
  const memo = new Map<string, string>()
  return texts.map((cell) => {
    if (cell === null) {
      if (nothing === undefined)
        throw cannot(field, 'holds an absent value, and "nulls" names no spelling for it', 'Give nulls: [""].')
      return nothing
    }
    const written = comma ? cell.replace('.', ',') : cell
    if (!text && spelt.has(written))
      throw cannot(
        field,
        `holds ${written}, which "nulls" makes the spelling of an absent value`,
        'Choose another spelling.',
      )
    if (memo.size > 4096) return quotes(written, field, first)
    const known = memo.get(written)
    if (known !== undefined) return known
    const made = quotes(written, field, first)
    memo.set(written, made)
    return made
  })
}

function quoting({ delimiter, quote, escape: escaper, comment, nulls, encoding = 'utf8' }: CsvWriting): Quotes {
  const special = new RegExp(`[${[delimiter, quote ?? '', '\r', '\n'].map(escaped).join('')}]|^[ \\t]|[ \\t]$`)
  const inside = escaper ?? quote ?? ''
  const doubled = new RegExp(`[${[quote ?? '', inside].map(escaped).join('')}]`, 'g')
  const spelt = new Set(nulls)
  // Text is well-formed: every character of it can be spelt in Unicode.
  const few = encoding === 'latin1' || encoding === 'windows1252'
  return (text, field, first) => {
    const strange = few ? beyond(text, encoding) : undefined
    if (strange !== undefined)
      throw cannot(
        field,
        `holds ${JSON.stringify(text.slice(0, 60))}, and ${encoding} cannot spell "${strange}"`,
        'Write it as utf8.',
      )
    const must = special.test(text) || spelt.has(text) || (first && comment !== undefined && text.startsWith(comment))
    if (!must && !(first && text.startsWith('\ufeff'))) return text
    if (quote !== null) return `${quote}${text.replace(doubled, (char) => inside + char)}${quote}`
    if (!special.test(text.trim()) && !spelt.has(text) && !first) return text
    throw cannot(
      field,
      `holds ${JSON.stringify(text.slice(0, 60))}, which needs quotes, and "quote" is null`,
      'Give a quote or another delimiter.',
    )
  }
}

/** A character of a regular expression's class. */
function escaped(char: string): string {
  return /[\\\]^-]/.test(char) ? `\\${char}` : char
}

function cannot(field: Field, what: string, hint: string): TidegateError {
  return new TidegateError('TYPE_UNSUPPORTED', `CSV: column "${field.name}" ${what}`, {
    hint,
    data: { column: field.name },
  })
}
