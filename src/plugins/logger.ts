import { createToken } from '../kernel/token.ts'

/** Structured logging; `fields` must hold no secrets (they are redacted at the sink all the same). */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void
  info(message: string, fields?: Readonly<Record<string, unknown>>): void
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void
  error(message: string, fields?: Readonly<Record<string, unknown>>): void
}

export const Logger = createToken<Logger>('tidegate/Logger')
