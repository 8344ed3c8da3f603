import { open, rm } from 'node:fs/promises'
import { packageFiles } from '../src/package-files.ts'
import { createZipWriter } from '../src/zip-write.ts'

export interface Parts {
  /** Rows of the sheet, as XML. */
  readonly rows?: string
  readonly shared?: string
  readonly styles?: string
  /** Other files, or these files in place of those of a plain workbook. */
  readonly files?: Readonly<Record<string, string>>
}

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'

/** A workbook made of XML as another program would write it. */
export async function writeWorkbook(file: string, { rows = '', shared, styles, files = {} }: Parts): Promise<void> {
  const all = new Map<string, string>(packageFiles('Data'))
  all.set('docProps/app.xml', '<Properties><Application>Other</Application></Properties>')
  all.set('xl/worksheets/sheet1.xml', `<worksheet xmlns="${main}"><sheetData>${rows}</sheetData></worksheet>`)
  if (shared !== undefined) {
    all.set('xl/sharedStrings.xml', `<sst xmlns="${main}">${shared}</sst>`)
    const relations = all.get('xl/_rels/workbook.xml.rels') as string
    const more = '<Relationship Id="rId9" Type="x/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>'
    all.set('xl/_rels/workbook.xml.rels', relations.replace('</Relationships>', more))
  }
  if (styles !== undefined) all.set('xl/styles.xml', `<styleSheet xmlns="${main}">${styles}</styleSheet>`)
  for (const [name, text] of Object.entries(files)) all.set(name, text)
  await rm(file, { force: true })
  const handle = await open(file, 'wx')
  try {
    const zip = createZipWriter(handle)
    for (const [name, text] of all) await zip.add(name, [text])
    await zip.finish()
  } finally {
    await handle.close()
  }
}
