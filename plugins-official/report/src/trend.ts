import { escapeHtml } from '@tidegate/profile'
import type { MetricPoint } from 'tidegate'
import { countText, timeText } from './html.ts'

interface Line {
  readonly name: string
  /** Oldest first; undefined where the snapshot did not measure it. */
  readonly values: readonly (number | undefined)[]
}

/** Small lines of what a gate measured over its snapshots; told in words too. Nothing before the second snapshot. */
export function trends(points: readonly MetricPoint[]): string {
  if (points.length < 2) return ''
  const lines = linesOf(points)
  const from = timeText((points[0] as MetricPoint).at)
  const to = timeText((points.at(-1) as MetricPoint).at)
  return `<section class="trends"><h3>Trends</h3><p class="soft">${points.length} snapshots, ${from} to ${to}</p><div class="lines">${lines.map(draw).join('')}</div></section>`
}

function linesOf(points: readonly MetricPoint[]): readonly Line[] {
  const names = (of: (point: MetricPoint) => object) => [...new Set(points.flatMap((point) => Object.keys(of(point))))]
  const line = (name: string, of: (point: MetricPoint) => unknown): Line => ({
    name,
    values: points.map((point) => {
      const value = of(point)
      const plain = typeof value === 'bigint' ? Number(value) : value
      return typeof plain === 'number' && Number.isFinite(plain) ? plain : undefined
    }),
  })
  const counts = [
    line('rows', ({ counts }) => counts.rowsOut),
    line('quarantined', ({ counts }) => counts.quarantined),
    line('dropped', ({ counts }) => counts.dropped),
    line('repaired', ({ counts }) => counts.repaired),
  ]
  const failed = names(({ failed }) => failed).map((name) => line(`failed: ${name}`, ({ failed }) => failed[name]))
  const measures = names(({ values }) => values).map((name) => line(name, ({ values }) => values[name]))
  const told = ({ values }: Line) => values.some((value) => value !== undefined)
  const moves = ({ values }: Line) => values.some((value) => (value ?? 0) !== 0)
  return [
    ...counts.filter(({ name, ...rest }) => name === 'rows' || moves({ name, ...rest })),
    ...failed.filter(moves),
    ...measures.filter(told),
  ]
}

function draw({ name, values }: Line): string {
  const known = values.filter((value) => value !== undefined)
  const [low, high] = known.reduce<[number, number]>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  )
  const height = (value: number) => (high === low ? 15 : 28 - (26 * (value - low)) / (high - low))
  const step = 120 / Math.max(1, values.length - 1)
  const pieces: string[] = []
  let broken = true
  for (const [i, value] of values.entries()) {
    if (value !== undefined) pieces.push(`${broken ? 'M' : 'L'}${(i * step).toFixed(1)} ${height(value).toFixed(1)}`)
    broken = value === undefined
  }
  const last = known.at(-1) as number
  const lastAt = values.findLastIndex((value) => value !== undefined)
  const label = `${name}: last ${countText(last)}, between ${countText(low)} and ${countText(high)}`
  return `<figure><figcaption><span>${escapeHtml(name)}</span><b>${escapeHtml(countText(last))}</b></figcaption><svg viewBox="-2 0 124 30" role="img" aria-label="${escapeHtml(label)}"><path d="${pieces.join('')}"/><circle cx="${(lastAt * step).toFixed(1)}" cy="${height(last).toFixed(1)}" r="2"/></svg><small>${escapeHtml(`${countText(low)} to ${countText(high)}`)}</small></figure>`
}
