import type { CommandScreen } from 'tidegate'
import type { Rejected, RejectTally } from './read-rows.ts'

/** How many rejected rows are shown one by one. */
export const shownRejects = 5

/** `data/a.csv, line 3, column 2, byte 17: amount: "x" is not a number` */
export function rejectText({ file, row, line, column, byte, reason }: Rejected): string {
  const place = [
    file,
    line === undefined ? `row ${row}` : `line ${line}`,
    ...(column === undefined ? [] : [`column ${column}`]),
    ...(byte === undefined ? [] : [`byte ${byte}`]),
  ]
  return `${place.join(', ')}: ${reason}`
}

/** Tells people which rows could not be read; 1 where there are any, else 0: the exit code. */
export function tellRejects(screen: CommandScreen, tally: RejectTally): number {
  if (tally.rows === 0) return 0
  if (screen.json) return 1
  screen.note(screen.paint.red(`${countText(tally.rows)} ${tally.rows === 1 ? 'row' : 'rows'} could not be read:`))
  for (const row of tally.first) screen.note(`  ${rejectText(row)}`)
  if (tally.rows > tally.first.length) screen.note(`  and ${countText(tally.rows - tally.first.length)} more`)
  return 1
}

export function rejectRecord({ rows, first }: RejectTally): unknown {
  return { rows, first }
}

/** `3,000,000` */
export function countText(count: number): string {
  return count.toLocaleString('en-US')
}

export function rowsText(count: number): string {
  return `${countText(count)} ${count === 1 ? 'row' : 'rows'}`
}
