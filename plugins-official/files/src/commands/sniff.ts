import { resolve } from 'node:path'
import { type Command, type CommandScreen, TidegateError } from 'tidegate'
import type { Compression } from '../compression.ts'
import { type SniffedTable, type SniffReport, sniffFile } from '../sniff.ts'
import type { InputOptions } from './input.ts'
import { countText } from './told.ts'

/** `tidegate sniff <file>`: encoding, dialect, tables and columns of a text file with confidence and evidence, and the source to paste. */
export const sniff: Command<InputOptions> = async ([file = ''], { format, option = {} }, context) => {
  const { screen, cwd, signal } = context
  const unknown = Object.keys(option).find((key) => key !== 'compression')
  if (format !== undefined || unknown !== undefined)
    throw new TidegateError('USAGE', 'sniff finds format and options out', {
      hint: 'Leave out --format and --option (except compression=gzip and the like), or use tidegate schema.',
    })
  const compression = option['compression']
  const report = await sniffFile(resolve(cwd, file), {
    path: file,
    signal,
    ...(compression === undefined ? {} : { compression: compression as Compression }),
  })
  if (screen.json) screen.record(report)
  else show(report, screen)
  return report.format === 'empty' ? 1 : 0
}

function show(report: SniffReport, screen: CommandScreen): void {
  const { paint } = screen
  const { format, packed, sample, encoding, tables } = report
  const looked = `${sample.whole ? 'all' : 'the first'} ${countText(sample.bytes)} bytes`
  screen.lines(
    `${paint.bold(report.path)}  ${format === 'empty' ? 'holds nothing' : format}, ${percent(report.confidence)} certain  ${paint.dim(`${looked} looked at`)}`,
    `  encoding  ${encoding.name}, ${percent(encoding.confidence)}  ${paint.dim(encoding.evidence)}`,
    ...(packed === null ? [] : [`  packed    ${packed}`]),
    ...lineEndLines(report),
  )
  for (const [i, table] of tables.entries()) showTable(table, tables.length === 1 ? '' : `Table ${i + 1}: `, screen)
}

function lineEndLines({ lineEnds: { lf, crlf, cr } }: SniffReport): readonly string[] {
  const found = [
    ['LF', lf],
    ['CRLF', crlf],
    ['CR', cr],
  ].filter(([, count]) => count !== 0)
  return found.length < 2 ? [] : [`  line ends ${found.map(([name, count]) => `${count} ${name}`).join(', ')}`]
}

function showTable(table: SniffedTable, title: string, screen: CommandScreen): void {
  const { paint } = screen
  const { from, to } = table.lines
  const rejected = table.rejected === 0 ? '' : paint.yellow(`, ${countText(table.rejected)} that cannot be read`)
  screen.lines(
    '',
    `${paint.bold(`${title}lines ${from} to ${to ?? 'the end'}`)}  ${countText(table.rows)} records read${rejected}, ${percent(table.confidence)} certain`,
    ...table.evidence.map((text) => `  ${paint.dim(text)}`),
    ...outside('in front of it', table.preamble),
    ...outside('behind it', table.footer),
    '',
  )
  screen.table(
    [
      { title: 'column', least: 12 },
      { title: 'type' },
      { title: 'written as', optional: true },
      { title: 'absent', align: 'right' },
      { title: 'not', least: 20, optional: true },
    ],
    table.columns.map(({ name, type, format, absent, nearest }) => {
      const why = nearest === undefined ? '' : `${nearest.type}: ${nearest.value} in line ${nearest.line}`
      return [
        name,
        type,
        format === undefined || format === 'plain' ? '' : format,
        countText(absent),
        { text: why, style: paint.dim },
      ]
    }),
  )
  screen.lines('', ...table.typescript.split('\n').map((line) => `  ${line}`))
}

function outside(where: string, lines: readonly number[]): readonly string[] {
  return lines.length === 0
    ? []
    : [`  ${lines.length} ${lines.length === 1 ? 'line' : 'lines'} ${where} belong to no table`]
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
