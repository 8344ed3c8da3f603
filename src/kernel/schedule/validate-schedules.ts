import { type Fault, pathText } from '../boot/fault.ts'
import { isZone } from '../deadline/deadline-option.ts'
import { readCron } from './cron.ts'

/** Cron patterns that cannot be read, or that never match. The rest of a schedule is checked by its schema. */
export function scheduleFaults(schedules: object): readonly Fault[] {
  return Object.entries(schedules).flatMap(([name, schedule]: [string, unknown]): Fault[] => {
    const { cron, zone = 'UTC' } = (schedule ?? {}) as { readonly cron?: unknown; readonly zone?: unknown }
    if (typeof cron !== 'string' || cron === '' || typeof zone !== 'string' || !isZone(zone)) return []
    const message = wrongWith(cron, zone)
    if (message === undefined) return []
    const hint =
      'Write minute, hour, day of month, month and day of week, such as "0 6 * * *" or "*/15 8-18 * * MON-FRI".'
    return [{ code: 'CONFIG_INVALID', where: pathText('schedules', [name, 'cron']), message, hint }]
  })
}

function wrongWith(cron: string, zone: string): string | undefined {
  try {
    const ticks = readCron(cron, zone)
    // Any moment does: a pattern that names a day that no month has is found within the years that the search covers.
    return ticks.next(0) === undefined ? `"${cron}" never comes` : undefined
  } catch (error) {
    const reason = (error as Error).message.replace(/^CronPattern: /, '')
    return `"${cron}" is no cron pattern: ${reason}`
  }
}
