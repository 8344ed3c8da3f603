import { didYouMean, TidegateError } from 'tidegate'
import { corrupt } from './faults.ts'
import { readSharedStrings } from './shared-strings.ts'
import { type DateStyle, readStyles } from './styles.ts'
import { attribute, readXml } from './xml.ts'
import { openPackage, type Package } from './zip-read.ts'

export interface Workbook {
  readonly package: Package
  readonly date1904: boolean
  /** For each cell style: whether it shows a number as a date. */
  readonly styles: readonly DateStyle[]
  readonly strings: readonly string[]
  /** Where the sheet that was asked for is. */
  readonly sheet: string
  /** Written by Tidegate and by nothing else since. */
  readonly own: boolean
}

/** What Tidegate calls itself in the properties of a workbook. */
export const application = 'Tidegate'

interface Sheet {
  readonly name: string
  readonly relation: string
  readonly hidden: boolean
}

/** `wanted`: a name, a number from 1, or undefined for the first sheet that is not hidden. The caller closes the package. */
export async function openWorkbook(
  file: string,
  shown: string,
  wanted: string | number | undefined,
): Promise<Workbook> {
  const zip = await openPackage(file, shown)
  try {
    const root = await relations(zip, shown, '')
    const main = [...root.values()].find(({ type }) => type.endsWith('/officeDocument'))?.target
    if (main?.endsWith('.bin') === true)
      throw corrupt(shown, 'is a binary workbook (.xlsb), which is not read', 'Save it as .xlsx.')
    if (main === undefined) throw corrupt(shown, 'is a zip file but no Excel workbook')
    const related = await relations(zip, shown, main)
    const { sheets, date1904 } = await readSheets(zip, shown, main)
    const worksheets = sheets.filter(({ relation }) => related.get(relation)?.type.endsWith('/worksheet'))
    const sheet = related.get(choose(worksheets, wanted, shown).relation)?.target as string
    const find = (type: string) => [...related.values()].find((one) => one.type.endsWith(type))?.target
    const styles = find('/styles')
    const strings = find('/sharedStrings')
    return {
      package: zip,
      date1904,
      sheet,
      styles: styles === undefined ? [] : await readStyles(zip.read(styles), shown, styles),
      strings: strings === undefined ? [] : await readSharedStrings(zip.read(strings), shown, strings),
      own: await isOwn(zip, shown, root),
    }
  } catch (error) {
    zip.close()
    throw error
  }
}

interface Relation {
  readonly type: string
  readonly target: string
}

/** Relations of a part of the package (ECMA-376 part 2, section 9), with targets as paths from its root. */
async function relations(zip: Package, shown: string, of: string): Promise<Map<string, Relation>> {
  const slash = of.lastIndexOf('/') + 1
  const name = `${of.slice(0, slash)}_rels/${of.slice(slash)}.rels`
  const found = new Map<string, Relation>()
  if (of !== '' && !zip.has(name)) return found
  await readXml(zip.read(name), shown, name, {
    open(tag, { Id = '', Type = '', Target = '' }) {
      if (tag !== 'Relationship') return
      const path = Target.startsWith('/') ? Target : `/${of.slice(0, slash)}${Target}`
      found.set(Id, { type: Type, target: new URL(path, 'file:///').pathname.slice(1) })
    },
    close() {},
  })
  return found
}

async function readSheets(
  zip: Package,
  shown: string,
  main: string,
): Promise<{ readonly sheets: readonly Sheet[]; readonly date1904: boolean }> {
  const sheets: Sheet[] = []
  let date1904 = false
  await readXml(zip.read(main), shown, main, {
    open(tag, attributes) {
      if (tag === 'workbookPr') date1904 = attributes['date1904'] === '1' || attributes['date1904'] === 'true'
      if (tag === 'sheet')
        sheets.push({
          name: attributes['name'] ?? '',
          relation: attribute(attributes, 'id') ?? '',
          hidden: (attributes['state'] ?? 'visible') !== 'visible',
        })
    },
    close() {},
  })
  return { sheets, date1904 }
}

function choose(sheets: readonly Sheet[], wanted: string | number | undefined, shown: string): Sheet {
  const found =
    wanted === undefined
      ? sheets.find(({ hidden }) => !hidden)
      : typeof wanted === 'number'
        ? sheets[wanted - 1]
        : sheets.find(({ name }) => name === wanted)
  if (found !== undefined) return found
  if (wanted === undefined) throw corrupt(shown, 'has no worksheet that is not hidden')
  const names = sheets.map(({ name }) => name)
  throw new TidegateError(
    'SOURCE_NOT_FOUND',
    `"${shown}" has no sheet ${typeof wanted === 'number' ? `number ${wanted}` : `"${wanted}"`}`,
    {
      hint:
        (typeof wanted === 'string' ? didYouMean(wanted, names) : undefined) ??
        `Its sheets are ${names.map((name) => `"${name}"`).join(', ')}.`,
      data: { path: shown, sheet: wanted },
    },
  )
}

async function isOwn(zip: Package, shown: string, root: ReadonlyMap<string, Relation>): Promise<boolean> {
  const app = [...root.values()].find(({ type }) => type.endsWith('/extended-properties'))?.target
  if (app === undefined || !zip.has(app)) return false
  let inside = ''
  let name = ''
  await readXml(zip.read(app), shown, app, {
    open(tag) {
      inside = tag
    },
    close() {
      inside = ''
    },
    text(piece) {
      if (inside === 'Application') name += piece
    },
  })
  return name === application
}
