/**
 * The proleptic Gregorian calendar over days since 1970-01-01, in integers. Source: Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms" (`days_from_civil`, `civil_from_days`), public domain.
 */
export const DAY = 86_400_000

export function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/** `[year, month 1..12]` of a day. */
export function civilFromDays(days: number): readonly [number, number] {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month]
}

export type Period = 'day' | 'week' | 'month' | 'year'

/** The first day of the period that a day lies in. Weeks begin on Monday (ISO 8601). */
export function firstDay(days: number, period: Period): number {
  if (period === 'day') return days
  // 1970-01-01 was a Thursday, three days after a Monday.
  if (period === 'week') return days - ((((days + 3) % 7) + 7) % 7)
  const [year, month] = civilFromDays(days)
  return daysFromCivil(year, period === 'year' ? 1 : month, 1)
}
