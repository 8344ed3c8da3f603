import type { Field } from 'tidegate'

export type Plain = string | number | bigint | boolean

/** A parameter as it stands in a check's name. */
export function shown(value: Plain): string {
  return typeof value === 'bigint' ? `${value}n` : typeof value === 'string' ? `'${value}'` : String(value)
}

/** A parameter as JSON, part of the recipe. */
export function json(value: Plain): string | number | boolean {
  if (typeof value === 'bigint') return `${value}n`
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

/** `min 3, max 5`: the options that were given. */
export function listed(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ')
}

/** Whether values of the column are shown to nobody. */
export function isHidden({ meta }: Field): boolean {
  return meta?.tags?.includes('pii') === true
}
