import type { TimeUnit } from 'tidegate'

/**
 * Serial dates: days since an epoch, with the time of day as fraction (ECMA-376 part 1, section 18.17.4). In the 1900 system day 1 is 1900-01-01, and
 * day 60 the 29th of February 1900, a day that never was (Lotus 1-2-3 had it); in the 1904 system day 0 is 1904-01-01.
 */
const days1904 = -24_107
const days1900 = -25_569

const perDay: Readonly<Record<TimeUnit, number>> = { s: 86_400, ms: 86_400_000, us: 86_400e6, ns: 86_400e9 }

/** Days since 1970-01-01, or undefined for a day that does not exist. */
export function dayOf(serial: number, date1904: boolean): number | undefined {
  const day = Math.floor(serial)
  if (date1904) return day + days1904 < -24_107 ? undefined : day + days1904
  if (day === 60 || day < 1) return undefined
  return day + days1900 + (day < 60 ? 1 : 0)
}

/** The serial day of the 1900 system, or undefined before 1900-01-01 and behind 9999-12-31. */
export function serialDay(days: number): number | undefined {
  const serial = days - days1900
  if (serial > 2_958_465) return undefined
  if (serial >= 61) return serial
  return serial >= 2 ? serial - 1 : undefined
}

/**
 * Since 1970 in `unit`. A double holds a moment of our days to about a microsecond: it is rounded to milliseconds for `s` and `ms`, to microseconds for
 * finer units. Undefined for a day that does not exist; `fine` where a second has a fraction that `s` cannot hold.
 */
export function momentOf(serial: number, unit: TimeUnit, date1904: boolean): bigint | 'fine' | undefined {
  const day = dayOf(serial, date1904)
  if (day === undefined) return undefined
  const coarse = unit === 's' || unit === 'ms'
  const per = perDay[coarse ? 'ms' : 'us']
  const value = BigInt(day) * BigInt(per) + BigInt(Math.round((serial - Math.floor(serial)) * per))
  if (unit === 's') return value % 1000n === 0n ? value / 1000n : 'fine'
  return unit === 'ns' ? value * 1000n : value
}

/** Time of day in `unit` of a serial in [0, 1). */
export function timeOf(serial: number, unit: TimeUnit): bigint | 'fine' | undefined {
  if (!(serial >= 0 && serial < 1)) return undefined
  const value = Math.round(serial * perDay[unit === 's' ? 'ms' : unit])
  if (unit === 's') return value % 1000 === 0 ? BigInt(value / 1000) : 'fine'
  return BigInt(value)
}

/** The serial of a moment since 1970, or undefined where a double does not hold it. */
export function momentSerial(value: bigint, unit: TimeUnit): number | undefined {
  const per = BigInt(perDay[unit])
  const rest = ((value % per) + per) % per
  const day = serialDay(Number((value - rest) / per))
  if (day === undefined) return undefined
  const serial = day + Number(rest) / perDay[unit]
  return momentOf(serial, unit, false) === value ? serial : undefined
}

export function timeSerial(value: bigint, unit: TimeUnit): number | undefined {
  const serial = Number(value) / perDay[unit]
  return timeOf(serial, unit) === value ? serial : undefined
}
