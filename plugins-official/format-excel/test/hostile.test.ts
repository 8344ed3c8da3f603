import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { isTidegateError, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { createExcelSource } from '../src/excel.ts'
import { excelOptions } from '../src/options.ts'
import { createExcelTarget, toExcelOptions } from '../src/to-excel.ts'
import { batchOf, createFolder, publication, readAll, schema } from './reading.ts'
import { type Parts, writeWorkbook } from './workbook.ts'

const folder = createFolder()
const file = join(folder, 'a.xlsx')
const columns = schema({ 'a?': types.string })
const read = () => readAll(createExcelSource(excelOptions.parse({ path: 'a.xlsx' }), { folder }), columns)
const header = '<row><c t="str"><v>a</v></c></row>'
const sheet = (text: string): Parts => ({ files: { 'xl/worksheets/sheet1.xml': text } })

describe('a file that is no good workbook ends in SOURCE_CORRUPT:', () => {
  const ole = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(2000)])
  it.each<[string, Uint8Array, string]>([
    ['an empty file', Buffer.alloc(0), 'is empty'],
    ['text', Buffer.from('a,b\n1,2\n'), 'it is not a zip file'],
    ['three bytes', Buffer.from('PK\x03'), 'it is not a zip file'],
    ['a zip that ends early', Buffer.from('PK\x03\x04abcdefgh'), 'is damaged'],
    ['an old workbook', ole, 'is a workbook of Excel 97-2003 (.xls), which is not read'],
    ['an encrypted workbook', Buffer.concat([ole, Buffer.from('EncryptedPackage', 'utf16le')]), 'is encrypted'],
  ])('%s', async (_, bytes, message) => {
    writeFileSync(file, bytes)
    await expect(read()).rejects.toMatchObject({ code: 'SOURCE_CORRUPT', message: expect.stringContaining(message) })
  })

  it.each<[string, Parts, string]>([
    [
      'entities that double each other',
      sheet('<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><worksheet><sheetData>&b;</sheetData></worksheet>'),
      'declares a document type',
    ],
    ['an unknown entity', sheet('<worksheet>&boom;</worksheet>'), 'is not well-formed XML'],
    ['tags as deep as a well', sheet('<a>'.repeat(100_000)), 'deeper than 64 levels'],
    ['tags that never close', sheet(`<worksheet><sheetData>${header}<row>`), 'is not well-formed XML'],
    [
      'a text without an end',
      sheet(`<worksheet><sheetData>${header}<row><c t="str"><v>${'x'.repeat(20 << 20)}`),
      'more than 8 MiB without a tag',
    ],
    [
      'a bomb',
      sheet(`<worksheet><sheetData>${' '.repeat(100 << 20)}</sheetData></worksheet>`),
      'which no worksheet does',
    ],
    [
      'a row out of order',
      sheet('<worksheet><sheetData><row r="5"/><row r="2"/></sheetData></worksheet>'),
      'has a row numbered "2" behind row 5',
    ],
    [
      'a row beyond all rows',
      sheet('<worksheet><sheetData><row r="99999999"/></sheetData></worksheet>'),
      'has a row numbered "99999999"',
    ],
    [
      'a cell beyond all columns',
      sheet('<worksheet><sheetData><row r="1"><c r="ZZZZ1"><v>1</v></c></row></sheetData></worksheet>'),
      'outside of any worksheet',
    ],
    [
      'a shared string that is not there',
      { rows: `${header}<row><c t="s"><v>7</v></c></row>` },
      'refers to the shared string 7',
    ],
    ['no sheet', { files: { 'xl/workbook.xml': '<workbook/>' } }, 'has no worksheet that is not hidden'],
    ['a zip of other things', { files: { '_rels/.rels': '<Relationships/>' } }, 'is a zip file but no Excel workbook'],
    ['bytes that are not UTF-8', { files: { 'xl/workbook.xml': 'x' } }, 'is not well-formed XML'],
    [
      'a binary workbook',
      {
        files: {
          '_rels/.rels':
            '<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/workbook.bin"/></Relationships>',
        },
      },
      'is a binary workbook (.xlsb)',
    ],
  ])('%s', async (_, parts, message) => {
    await writeWorkbook(file, parts)
    await expect(read()).rejects.toMatchObject({ code: 'SOURCE_CORRUPT', message: expect.stringContaining(message) })
  })
})

it('whatever is flipped or cut off, reading ends soon, with rows or with an error that has a code', async () => {
  const many = schema({ id: types.int32, 'a?': types.string, at: types.timestamp('ms') })
  const rows = Array.from({ length: 100 }, (_, i) => [i, i % 3 ? `text ${i}` : null, i * 1e9])
  await createExcelTarget(toExcelOptions.parse({ path: 'b.xlsx' }), { folder }).commit(
    publication(many, [batchOf(many, rows)]),
  )
  const bytes = readFileSync(join(folder, 'b.xlsx'))
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }),
      fc.nat(bytes.length),
      async (flips, cut) => {
        const damaged = Uint8Array.from(bytes)
        for (const [at, mask] of flips) damaged[at] = (damaged[at] as number) ^ mask
        writeFileSync(file, cut % 3 === 0 ? damaged.subarray(0, cut) : damaged)
        const began = performance.now()
        try {
          const got = await readAll(createExcelSource(excelOptions.parse({ path: 'a.xlsx' }), { folder }), many)
          expect(got.rows.length + got.rejected.length).toBeLessThanOrEqual(100)
        } catch (error) {
          expect(isTidegateError(error), String(error)).toBe(true)
        }
        expect(performance.now() - began).toBeLessThan(3000)
      },
    ),
    { numRuns: 250 },
  )
})
