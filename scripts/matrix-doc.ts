/** The round-trip matrix of the documentation, made from the table that its test runs. `--check` compares instead of writing. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format as avro } from '@tidegate/format-avro'
import { format as excel } from '@tidegate/format-excel'
import type { FileFormat } from '../plugins-official/files/src/format.ts'
import { ownFormats } from '../plugins-official/files/src/formats.ts'
import { cases, type MatrixCase } from '../plugins-official/files/test/matrix-cases.ts'
import { root } from './packages.ts'

const page = join(root, 'docs/formats/matrix.md')

/** Formats of packages of their own that are both read and written. */
export const packagedFormats: readonly FileFormat[] = [avro, excel]
const matrixFormats = [...ownFormats, ...packagedFormats]

function cell(format: FileFormat, { type, name, refusedBy = [] }: MatrixCase): string {
  const carried = format.writer?.carries(type)
  if (carried === 'same' && refusedBy.includes(format.name)) return 'refused by value'
  if (carried === undefined) throw new Error(`${format.name} does not say about ${name}`)
  return carried
}

export function matrixPage(): string {
  const names = matrixFormats.map(({ name }) => name)
  const rows = cases.map((each) => [
    `\`${each.name}\``,
    each.values,
    ...matrixFormats.map((format) => cell(format, each)),
  ])
  const lines = [['type', 'values', ...names], ['---', '---', ...names.map(() => '---')], ...rows]
  return `# What survives which format

<!-- Made by \`npx tsx scripts/matrix-doc.ts\` from plugins-official/files/test/matrix-cases.ts: change it there. -->

Every type, with and without absent values, is written and read back through the same schema. \`same\`: every value and the type come back, to the bit.
\`converted\`: the values come back changed by a rule of the format, which is reported. \`refused\`: the writer says \`TYPE_UNSUPPORTED\` and names the column;
\`refused by value\`: likewise (or \`TYPE_PRECISION\`), for such values only. Without a declared schema Parquet, Arrow and Avro still say their types; CSV, JSON and Excel are
read by what their cells hold.

${lines.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = matrixPage()
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(page), { recursive: true })
    writeFileSync(page, text)
    console.log(`wrote docs/formats/matrix.md: ${cases.length} types, ${matrixFormats.length} formats`)
  } else if (existsSync(page) && readFileSync(page, 'utf8').replaceAll('\r\n', '\n') === text) {
    console.log('docs/formats/matrix.md is up to date')
  } else {
    console.error('docs/formats/matrix.md differs from its table: run npx tsx scripts/matrix-doc.ts')
    process.exitCode = 1
  }
}
