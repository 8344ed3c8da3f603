import { type ErrorCode, TidegateError } from '../errors.ts'

/** One thing that is wrong before anything runs. Faults are collected and reported together. */
export interface Fault {
  readonly code: ErrorCode
  /** A path in the config (`pipelines.flights.clean.expect[0]`), or the plugin's name. */
  readonly where: string
  /** The fact, without the place. */
  readonly message: string
  readonly hint?: string
  /** The config file, where there is one. */
  readonly file?: string
  readonly cause?: unknown
}

/** One error for all faults; `data.faults` carries them for programs. */
export function faultsError(faults: readonly Fault[], file?: string): TidegateError {
  const where = file === undefined ? 'The config' : file
  const codes = new Set(faults.map(({ code }) => code))
  const code = codes.size === 1 ? faults[0]!.code : codes.has('CONFIG_INVALID') ? 'CONFIG_INVALID' : 'BOOT_FAILED'
  const facts = faults.map(({ cause: _, ...fault }) => (file === undefined ? fault : { file, ...fault }))
  const details = { data: { faults: facts }, cause: faults.find(({ cause }) => cause !== undefined)?.cause }
  if (faults.length === 1) {
    const { where: place, message, hint } = faults[0]!
    const text = file === undefined ? `${place}: ${message}` : `${file}, ${place}: ${message}`
    return new TidegateError(code, text, hint === undefined ? details : { ...details, hint })
  }
  const lines = faults.map(({ where: place, message, hint }) => {
    return `  - ${place}: ${message}${hint === undefined ? '' : ` (${hint})`}`
  })
  const hint = 'Each line names its place and, in parentheses, the remedy.'
  return new TidegateError(code, [`${where} has ${faults.length} faults:`, ...lines].join('\n'), { ...details, hint })
}

/** `a.b[0]`; keys that are no plain names are quoted: `a["b c"]`. */
export function pathText(base: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    const name = String(key)
    if (!/^[\w$-]+$/.test(name)) return `${text}[${JSON.stringify(name)}]`
    return text === '' ? name : `${text}.${name}`
  }, base)
}
