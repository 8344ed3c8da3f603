import { typeName } from 'tidegate'
import type { ColumnProfile, ProfileValue } from '../types.ts'

const blocks = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** Counts as blocks, neighbours joined until there are at most `most`; a bin without values is a space. */
export function sparkline(counts: readonly number[], most = 12): string {
  const step = Math.ceil(counts.length / most)
  const joined: number[] = []
  for (let at = 0; at < counts.length; at += step)
    joined.push(counts.slice(at, at + step).reduce((sum, count) => sum + count, 0))
  const top = Math.max(1, ...joined)
  return joined.map((count) => (count === 0 ? ' ' : blocks[Math.ceil((count / top) * blocks.length) - 1])).join('')
}

/** `1,234.57`; very large and small numbers with an exponent. */
export function figure(value: ProfileValue | undefined): string {
  if (typeof value !== 'number') return value === undefined ? '' : String(value)
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e12 || size < 1e-3)) return value.toExponential(3).replace(/\.?0+e/, 'e')
  return value.toLocaleString('en-US', { maximumFractionDigits: size < 1 ? 4 : 2 })
}

export function share(part: number, of: number): string {
  if (part === 0 || of === 0) return '0 %'
  const percent = (100 * part) / of
  if (percent < 0.1) return '< 0.1 %'
  return `${percent > 99.9 && part < of ? '> 99.9' : percent.toFixed(1).replace(/\.0$/, '')} %`
}

export function distinctText({ distinct }: ColumnProfile): string {
  return `${distinct.method === 'exact' ? '' : '~'}${figure(distinct.count)}`
}

/** Facts of a column in words, each short. */
export function remarks(column: ColumnProfile): string[] {
  const { numbers, meaning, masked, constant, text } = column
  return [
    ...(masked ? ['masked'] : []),
    ...(column.count === 0 ? ['all null'] : []),
    ...(constant ? ['constant'] : []),
    ...(meaning === undefined ? [] : [`${meaning.name}${meaning.share < 1 ? ` (${share(meaning.share, 1)})` : ''}`]),
    ...(numbers?.order?.includes('creasing') ? [numbers.order] : []),
    ...(numbers === undefined || numbers.nan === 0 ? [] : [`${figure(numbers.nan)} NaN`]),
    ...(numbers === undefined || numbers.infinite === 0 ? [] : [`${figure(numbers.infinite)} infinite`]),
    ...(text === undefined || text.empty === 0 ? [] : [`${figure(text.empty)} empty`]),
  ]
}

export function typeText({ type }: ColumnProfile): string {
  return typeName(type)
}

/** Where a column of text has no histogram: its most frequent values with their shares. */
export function topText({ top, count }: ColumnProfile, most = 3): string {
  return (top?.values ?? [])
    .slice(0, most)
    .map(({ value, count: times }) => `${figure(value)} ${share(times, count)}`)
    .join(', ')
}
