import type { ScheduleEvent } from '../../kernel/schedule/lane.ts'
import type { TickStatus } from '../../kernel/schedule/records.ts'
import { durationText, plural, timeText } from '../text/numbers.ts'
import type { Paint } from '../text/paint.ts'

const words: Readonly<Record<TickStatus, string>> = {
  succeeded: 'succeeded',
  'up to date': 'was up to date',
  failed: 'failed',
  skipped: 'was skipped: a run was at work',
  cancelled: 'was cancelled: a later tick took its place',
  interrupted: 'was interrupted',
  missed: 'was missed',
  lost: 'was lost',
}

/** What people read of a schedule at work: one line for each thing that happened, those to come left out of pipes. */
export function eventLine(event: ScheduleEvent, paint: Paint): readonly string[] {
  const line = (text: string) => [`${paint.dim(timeText(event.at))}  ${paint.bold(event.pipeline)}  ${text}`]
  switch (event.type) {
    case 'tick.started':
      return line(`began ${paint.dim(`for ${timeText(event.tick)}`)}`)
    case 'tick.finished': {
      const { status, duration, error } = event.outcome
      const bad = status === 'failed' || status === 'cancelled' || status === 'interrupted' || status === 'lost'
      const style = bad ? paint.red : status === 'succeeded' || status === 'up to date' ? paint.green : paint.yellow
      const took = duration === undefined ? '' : ` in ${durationText(duration)}`
      const why = error === undefined || status === 'interrupted' ? '' : `: ${error.code}: ${error.message}`
      return line(`${style(words[status])}${took}${why} ${paint.dim(`for ${timeText(event.tick)}`)}`)
    }
    case 'tick.missed':
      return line(
        paint.yellow(`missed ${plural(event.ticks, 'tick')}, ${timeText(event.from)} to ${timeText(event.to)}`),
      )
    case 'schedule.next':
      return line(paint.dim(`next at ${timeText(event.tick)}`))
    case 'schedule.trouble':
      return line(paint.red(`${event.error.code}: ${event.error.message}`))
  }
}
