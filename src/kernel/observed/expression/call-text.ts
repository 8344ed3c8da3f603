import { textOf } from './inspect.ts'

/** A verb as the user called it, for messages: `rollup({ mean: d => op.mean(d["delay"]) })`. */
export function callText(verb: string, args: readonly unknown[]): string {
  const given = args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1)
  return `${verb}(${given.map(valueText).join(', ')})`
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  if ('columnNames' in value) return 'table'
  if ('expr' in value || Object.getPrototypeOf(value) !== Object.prototype) return textOf(value)
  return `{ ${Object.entries(value)
    .map(([name, inner]) => `${name}: ${entryText(inner)}`)
    .join(', ')} }`
}

/** Text inside an object of expressions is an expression itself, not a name. */
function entryText(value: unknown): string {
  return typeof value === 'string' ? value : valueText(value)
}
