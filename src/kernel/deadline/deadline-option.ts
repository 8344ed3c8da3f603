import { z } from 'zod'
import { millisecondsOf } from '../define/units.ts'
import type { Deadline } from '../node.ts'
import { minutesOf } from './wall-time.ts'

/** Whether `Intl`, and so everything in this process, knows the time zone. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

export const zoneOption = z.string().refine(isZone, 'expected a time zone such as "Europe/Berlin" or "UTC"')

/** The option `deadline` of nodes, and what the key `deadlines` of a config holds. */
export const deadlineOption = z
  .object({
    within: z
      .string()
      .refine((text) => millisecondsOf(text) !== undefined, 'expected a length of time such as "30m" or "2 hours"')
      .optional(),
    by: z
      .string()
      .refine((text) => minutesOf(text) !== undefined, 'expected a time of day such as "06:00"')
      .optional(),
    zone: zoneOption.optional(),
    action: z.enum(['warn', 'notify', 'halt']).optional(),
  })
  .refine(
    ({ within, by }) => (within === undefined) !== (by === undefined),
    'expected either `within` or `by`: when is it due?',
  )
  .refine(({ within, zone }) => within === undefined || zone === undefined, '`zone` belongs to `by`: `within` has none')

/** In words: `within 30m`, `by 06:00 Europe/Berlin`. */
export function deadlineText({ within, by, zone }: Deadline): string {
  return within === undefined ? `by ${by} ${zone ?? 'UTC'}` : `within ${within}`
}
