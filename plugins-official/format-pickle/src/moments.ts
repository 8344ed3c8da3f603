import { Moment, PyCall, type PyValue } from './values.ts'

/** The packed forms of Lib/_pydatetime.py: year (2 bytes), month, day, hour, minute, second, microsecond (3 bytes); a high bit marks a fold. */
export function datetimeOf(state: PyValue | undefined, zone: PyValue | undefined): Moment | undefined {
  const bytes = stateOf(state, 10)
  const day = bytes === undefined ? undefined : dayOf(bytes)
  const clock = bytes === undefined ? undefined : clockOf(bytes.subarray(4))
  if (day === undefined || clock === undefined) return undefined
  const value = BigInt(day) * 86_400_000_000n + clock
  if (zone === undefined || zone === null) return new Moment('timestamp', value)
  const offset = offsetOf(zone)
  return offset === undefined ? undefined : new Moment('timestamp', value - offset, 'us', true)
}

export function dateOf(state: PyValue | undefined): Moment | undefined {
  const bytes = stateOf(state, 4)
  const day = bytes === undefined ? undefined : dayOf(bytes)
  return day === undefined ? undefined : new Moment('date', BigInt(day))
}

export function timeOf(state: PyValue | undefined): Moment | undefined {
  const bytes = stateOf(state, 6)
  if (bytes === undefined) return undefined
  const clock = clockOf(Uint8Array.of((bytes[0] as number) & 0x7f, ...bytes.subarray(1)))
  return clock === undefined ? undefined : new Moment('time', clock)
}

/** Bytes, or the text that Python 2 wrote. */
function stateOf(state: PyValue | undefined, size: number): Uint8Array | undefined {
  const bytes = typeof state === 'string' ? Buffer.from(state, 'latin1') : state
  return bytes instanceof Uint8Array && bytes.length === size ? bytes : undefined
}

function dayOf(bytes: Uint8Array): number | undefined {
  const [high = 0, low = 0, marked = 0, day = 0] = bytes
  const year = high * 256 + low
  const month = marked & 0x7f
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const exists =
    year >= 1 && date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day
  return exists ? date.getTime() / 86_400_000 : undefined
}

function clockOf(bytes: Uint8Array): bigint | undefined {
  const [hour = 0, minute = 0, second = 0, a = 0, b = 0, c = 0] = bytes
  const micros = a * 65_536 + b * 256 + c
  if (hour > 23 || minute > 59 || second > 59 || micros > 999_999) return undefined
  return BigInt(hour * 3600 + minute * 60 + second) * 1_000_000n + BigInt(micros)
}

/** Microseconds of `timezone(timedelta(days, seconds, microseconds))`; `timezone.utc` is of the same form. */
function offsetOf(zone: PyValue): bigint | undefined {
  if (!(zone instanceof PyCall) || zone.name !== 'timezone') return undefined
  const [delta] = zone.args
  if (!(delta instanceof PyCall) || delta.name !== 'timedelta') return undefined
  const [days = 0, seconds = 0, micros = 0] = delta.args
  if (typeof days !== 'number' || typeof seconds !== 'number' || typeof micros !== 'number') return undefined
  return BigInt(days) * 86_400_000_000n + BigInt(seconds) * 1_000_000n + BigInt(micros)
}
