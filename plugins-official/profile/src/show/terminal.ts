import type { CommandScreen } from 'tidegate'
import type { Profile } from '../types.ts'
import { distinctText, figure, remarks, share, sparkline, topText, typeText } from './figures.ts'

const shown = 10
const strong = 0.5

/** A profile on a terminal: a line for each column with a small histogram, then keys, correlations and dependencies. */
export function showProfile(title: string, profile: Profile, screen: CommandScreen): void {
  const { paint } = screen
  const { rows, columns, keys, correlations, dependencies } = profile
  screen.lines(`${paint.bold(title)}  ${figure(rows)} ${rows === 1 ? 'row' : 'rows'}, ${columns.length} columns`, '')
  screen.table(
    [
      { title: 'column', least: 8 },
      { title: 'type', least: 6 },
      { title: 'null', align: 'right' },
      { title: 'distinct', align: 'right' },
      { title: 'min', align: 'right', least: 6 },
      { title: 'median', align: 'right', least: 6, optional: true },
      { title: 'max', align: 'right', least: 6 },
      { title: 'values', least: 12 },
      { title: 'remarks', least: 10, optional: true },
    ],
    columns.map((column) => {
      const { histogram, quantiles } = column.numbers ?? {}
      return [
        column.name,
        typeText(column),
        share(column.nulls, rows),
        distinctText(column),
        figure(column.min),
        figure(quantiles?.find(({ p }) => p === 0.5)?.value),
        figure(column.max),
        histogram === undefined ? topText(column) : { text: sparkline(histogram.counts), style: paint.cyan },
        remarks(column).join(', '),
      ]
    }),
  )
  const strongest = correlations.pairs.filter(({ r }) => Math.abs(r) >= strong)
  list(
    'keys',
    keys.map(({ columns: names, basis }) => `${names.join(' + ')}${basis === 'all rows' ? '' : ` (${basis})`}`),
  )
  list(
    'correlated',
    strongest.map(({ a, b, r }) => `${a} ~ ${b}  ${r.toFixed(3)}`),
  )
  list(
    'decides',
    dependencies.map(({ from, to, error }) => `${from} -> ${to}${error === 0 ? '' : `, but for ${share(error, 1)}`}`),
  )
  if (columns.some(({ distinct }) => distinct.method !== 'exact'))
    screen.lines('', paint.dim('~ is an estimate, one standard deviation 0.81 %; --json states all methods and errors'))

  function list(what: string, lines: readonly string[]): void {
    if (lines.length === 0) return
    const more = lines.length > shown ? [paint.dim(`  and ${lines.length - shown} more`)] : []
    screen.lines('', paint.bold(what), ...lines.slice(0, shown).map((line) => `  ${line}`), ...more)
  }
}
