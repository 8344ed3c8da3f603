import { z } from 'zod'
import { zoneOption } from '../deadline/deadline-option.ts'
import { millisecondsOf } from './units.ts'

/**
 * When a pipeline runs by itself, under `tidegate schedule` or the scheduler it printed text for.
 */
export interface Schedule {
  /** `minute hour day-of-month month day-of-week`, or six fields that begin with seconds: `0 6 * * *`, `0 6 * * MON-FRI`. */
  readonly cron: string
  /** The zone whose clocks the pattern speaks of. Default `UTC`. */
  readonly zone?: string
  /**
   * What becomes of a tick while the run of an earlier one is still at work: it is skipped (default), waits its turn, or
   * takes the place of the earlier run, which is cancelled.
   */
  readonly overlap?: 'skip' | 'queue' | 'cancel'
  /** Which of the ticks that nobody was there for are made up for. Default `last`. */
  readonly catchUp?: 'none' | 'last' | 'all'
  /** Runs begin up to so much later than their tick, by chance, such as `30s`: many schedules do not all begin at once. */
  readonly jitter?: string
}

/** Cron patterns are looked at where schedules are used: their parser is loaded only there. */
export const scheduleSchema = z.object({
  cron: z.string().min(1),
  zone: zoneOption.optional(),
  overlap: z.enum(['skip', 'queue', 'cancel']).optional(),
  catchUp: z.enum(['none', 'last', 'all']).optional(),
  jitter: z
    .string()
    .refine((text) => millisecondsOf(text) !== undefined, 'expected a length of time such as "30s" or "5 min"')
    .optional(),
} satisfies Record<keyof Schedule, z.ZodType>)
