/** `3,000,000` */
export function countText(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** `1 row`, `3,000,000 rows` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`
}

/** `812 B`, `42.3 kB`, `1.2 GB`: decimal, as disks are sold. */
export function bytesText(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : scaled(bytes, [' kB', ' MB', ' GB', ' TB', ' PB'])
}

/** Rows per second: `950/s`, `81.2 k/s`, `1.2 M/s`. */
export function rateText(rows: number, milliseconds: number): string {
  if (milliseconds <= 0 || rows <= 0) return ''
  const rate = (rows * 1000) / milliseconds
  return rate < 1000 ? `${Math.round(rate)}/s` : scaled(rate, [' k/s', ' M/s', ' G/s'])
}

/** `12 ms`, `3.7 s`, `2 min 5 s`, `1 h 3 min` */
export function durationText(milliseconds: number): string {
  const ms = Math.round(milliseconds)
  if (ms < 1000) return `${ms} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  if (hours === 0) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`
}

/** `2026-11-20 19:44:41`, in the time zone of whoever reads it. */
export function timeText(at: number): string {
  const time = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

/** Three significant digits would jump; one decimal below 100 reads calmly. The unit grows before 1000 is shown. */
function scaled(value: number, units: readonly string[]): string {
  let [rest, unit] = [value / 1000, 0]
  while (rest >= 999.95 && unit < units.length - 1) [rest, unit] = [rest / 1000, unit + 1]
  return `${rest.toFixed(1)}${units[unit]}`
}
