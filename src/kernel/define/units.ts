const milliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
}

/**
 * A fixed length of time such as `30s`, `15 minutes`, `1 day`, in milliseconds; undefined for anything else (months and
 * years have no fixed length).
 */
export function millisecondsOf(text: string): number | undefined {
  return amount(
    text,
    (unit) =>
      milliseconds[unit] ?? (unit.length > 2 && unit.endsWith('s') ? milliseconds[unit.slice(0, -1)] : undefined),
  )
}

const powers: Readonly<Record<string, number>> = { '': 0, k: 1, m: 2, g: 3, t: 4 }

/** A size such as `512MB` (decimal) or `1 GiB` (binary), in bytes; undefined for anything else. */
export function bytesOf(text: string): number | undefined {
  return amount(text, (unit) => {
    const match = /^([kmgt]?)(i?)b$/.exec(unit)
    return match === null ? undefined : (match[2] === 'i' ? 1024 : 1000) ** (powers[match[1] as string] as number)
  })
}

/** A positive number times its unit, when that is a whole number. */
function amount(text: string, unitOf: (unit: string) => number | undefined): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text)
  const unit = match === null ? undefined : unitOf((match[2] as string).toLowerCase())
  if (match === null || unit === undefined) return undefined
  const whole = Math.round(Number(match[1]) * unit * 1e6) / 1e6
  return Number.isSafeInteger(whole) && whole > 0 ? whole : undefined
}
