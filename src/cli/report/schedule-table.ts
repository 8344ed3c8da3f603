import type { Json } from '../../kernel/context.ts'
import type { ScheduleView } from '../../kernel/schedule/list-schedules.ts'
import type { Output } from '../output.ts'
import { durationText, plural, timeText } from '../text/numbers.ts'
import { type Cell, tableLines } from '../text/table.ts'

/** How many ticks of a gap are named. */
const named = 100

/** A schedule for programs; times are ISO 8601, UTC. */
export function viewRecord({ pipeline, schedule, next, last, running, gap }: ScheduleView): Json {
  const iso = (moment: number) => new Date(moment).toISOString()
  const { outcome } = last ?? {}
  return {
    pipeline,
    ...schedule,
    next: next === undefined ? null : iso(next),
    last:
      last === undefined
        ? null
        : {
            tick: iso(last.tick),
            attempt: last.attempt,
            status: outcome?.status ?? 'open',
            ...(outcome === undefined ? {} : { at: iso(outcome.at) }),
            ...(outcome?.runId === undefined ? {} : { runId: outcome.runId }),
            ...(outcome?.error === undefined ? {} : { error: { ...outcome.error } }),
          },
    running: running.map(iso),
    gap: { ticks: gap.length, newest: gap.slice(-named).map(iso) },
  }
}

/** All schedules for people; times are those of whoever reads them. */
export function scheduleTable(views: readonly ScheduleView[], now: number, output: Output): string[] {
  const { paint } = output
  const rows = views.map(({ pipeline, schedule, next, last, running, gap }): Cell[] => {
    const status =
      last === undefined ? '' : running.includes(last.tick) ? 'at work' : (last.outcome?.status ?? 'broken off')
    return [
      pipeline,
      `${schedule.cron} ${schedule.zone}`,
      { text: `${schedule.overlap}, catch up ${schedule.catchUp}`, style: paint.dim },
      next === undefined ? 'never' : `${timeText(next)} (in ${durationText(next - now)})`,
      last === undefined ? '' : timeText(last.tick),
      { text: status, style: status === 'failed' || status === 'broken off' ? paint.red : paint.dim },
      gap.length === 0
        ? ''
        : { text: `${plural(gap.length, 'tick')} since ${timeText(gap[0] as number)}`, style: paint.yellow },
    ]
  })
  const columns = [
    { title: 'pipeline' },
    { title: 'cron' },
    { title: 'overlap', drop: 1 },
    { title: 'next' },
    { title: 'last', optional: true },
    { title: 'status', optional: true },
    { title: 'missed', optional: true },
  ]
  return tableLines(columns, rows, { width: output.width(), paint, indent: '' })
}
