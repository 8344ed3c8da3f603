import type { DatasetCheckOptions } from 'tidegate'
import { refuse } from './callable.ts'
import { json, listed } from './text.ts'

export interface Range<V extends number | bigint = number> extends DatasetCheckOptions {
  /** The least value that passes; without it there is none. */
  readonly min?: V
  /** The greatest value that passes; without it there is none. */
  readonly max?: V
}

/** Throws `CONFIG_INVALID` where neither bound is given, or no value lies between them. */
export function requireRange(asker: string, { min, max }: Range<number | bigint>): void {
  if (min === undefined && max === undefined)
    refuse(`${asker}: neither min nor max is given.`, 'Give at least one of them.')
  for (const bound of [min, max])
    if (bound !== undefined && !(bound <= Number.POSITIVE_INFINITY && typeof bound !== 'string'))
      refuse(`${asker}: the bound ${String(bound)} is no number.`, 'Give numbers.')
  if (min !== undefined && max !== undefined && !(min <= max))
    refuse(`${asker}: no value lies between ${min} and ${max}.`, 'Give the lower bound as min.')
}

/** `min 3, max 5` */
export function rangeText({ min, max }: Range<number | bigint>): string {
  return listed({ min, max })
}

export function rangeJson({ min, max }: Range<number | bigint>): Readonly<Record<string, unknown>> {
  return { ...(min === undefined ? {} : { min: json(min) }), ...(max === undefined ? {} : { max: json(max) }) }
}

/** Null, of nothing there is a statistic, passes; NaN fails. */
export function inRange(value: unknown, { min, max }: Range<number | bigint>): boolean {
  if (value === null || value === undefined) return true
  const number = value as number | bigint
  return !Number.isNaN(number) && (min === undefined || number >= min) && (max === undefined || number <= max)
}
