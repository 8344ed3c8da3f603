import { assertSame, createLocalParts, describeAllParts, discoverFiles, locationOf } from '@tidegate/files/toolkit'
import {
  type DescribeRequest,
  defineSource,
  type Field,
  type PartRef,
  type Place,
  type Source,
  type TableSchema,
  types,
} from 'tidegate'
import { inferFields } from './infer.ts'
import { type ExcelOptions, excelOptions } from './options.ts'
import { readExcel } from './read.ts'
import { openRecords } from './rows.ts'
import { openWorkbook, type Workbook } from './workbook.ts'

/**
 * One sheet of each workbook (.xlsx, .xlsm) as a source, one part per file, streamed row by row. With a `schema` cells are read strictly as it says, and a row
 * that does not fit is set aside with its cell and reason; without one types are inferred from the whole sheet and pinned.
 * @throws `SOURCE_EMPTY`, `SOURCE_UNREADABLE`, `SOURCE_CHANGED`; `SOURCE_NOT_FOUND` also for a sheet; `SOURCE_CORRUPT` for what is damaged, encrypted,
 * a bomb, or of another format (.xls, .xlsb); `COLUMN_MISSING`; `SCHEMA_MISMATCH` for two columns of one name; `TYPE_UNSUPPORTED` for lists, structs
 * and binary.
 */
export const excel = defineSource({
  name: 'excel',
  version: 1,
  schema: 'described',
  options: excelOptions,
  create: (given, _needs, place) => createExcelSource(given, place),
})

export function createExcelSource(given: ExcelOptions, place: Pick<Place, 'folder'>): Source {
  const local = createLocalParts({ folder: place.folder, in: given.in })
  async function* withBook<T>(
    part: PartRef,
    signal: AbortSignal,
    use: (book: Workbook) => AsyncIterable<T>,
  ): AsyncIterable<T> {
    const { file, release } = await local.use(part, signal)
    // A copy was compared with the fingerprint when it was made.
    const assertUnchanged = () => {
      if (given.in === undefined || given.in.localPath?.(part.id) !== undefined) assertSame(file, part, given.in)
    }
    try {
      assertUnchanged()
      const book = await openWorkbook(file, part.id, given.sheet)
      try {
        yield* use(book)
      } finally {
        book.package.close()
      }
      assertUnchanged()
    } finally {
      await release()
    }
  }
  async function describe(part: PartRef, { signal, declared }: DescribeRequest): Promise<TableSchema> {
    let fields: readonly Field[] = []
    const found = withBook(part, signal, async function* (book) {
      yield declared === true ? await namedFields(book, part.id, given) : await inferFields(book, part.id, given)
    })
    for await (const one of found) fields = one
    return { fields }
  }
  return {
    listing: 'complete',
    location: locationOf(place.folder, given.path, given.in),
    discover: ({ known, signal }) =>
      discoverFiles({
        path: given.path,
        folder: place.folder,
        in: given.in,
        extensions: ['xlsx', 'xlsm'],
        known,
        signal,
      }),
    describe,
    describeAll: (parts, request) => describeAllParts(parts, request, describe),
    open: (part, request) =>
      withBook(part, request.signal, async function* (book) {
        const schema = request.schema ?? { fields: await inferFields(book, part.id, given) }
        yield* readExcel(book, part.id, given, { ...request, schema })
      }),
    close: () => local.close(),
  }
}

/** A column of type null fits whatever type is declared. */
async function namedFields(book: Workbook, shown: string, given: ExcelOptions): Promise<readonly Field[]> {
  const { names, close } = await openRecords(book, shown, given)
  await close()
  return [...new Set(names.map(({ name }) => name))].map((name) => ({ name, type: types.null, nullable: true }))
}
