import { z } from 'zod'
import { Events } from '../../plugins/events.ts'
import { Executor } from '../../plugins/executor.ts'
import { LineageStore } from '../../plugins/lineage-store.ts'
import { Logger } from '../../plugins/logger.ts'
import type { AnyPlugin } from '../../plugins/plugin.ts'
import { SecretStore } from '../../plugins/secret-store.ts'
import { StorageStrategy } from '../../plugins/storage-strategy.ts'
import { Workspace } from '../../plugins/workspace.ts'
import { deadlineOption } from '../deadline/deadline-option.ts'
import type { Token } from '../token.ts'
import type { Config } from './config.ts'
import { isPipeline, type Pipeline } from './pipeline.ts'
import { isPlugin } from './plugin.ts'
import { scheduleSchema } from './schedule.ts'
import { bytesOf, millisecondsOf } from './units.ts'

/** `sqliteLineage` without the call is a common slip, so functions are named in the message. */
const wish = (what: string) => (issue: { readonly input?: unknown }) =>
  typeof issue.input === 'function' ? `expected ${what}, got a function: call it with its options` : `expected ${what}`

function slot<T>(token: Token<T>) {
  const fits = (value: unknown) => isPlugin(value) && value.provides?.key === token.key
  return z.custom<AnyPlugin>(fits, { error: wish(`a plugin that provides ${token.name}`) }).optional()
}

function tap() {
  return z.custom<CallableFunction>((value) => typeof value === 'function', 'expected a function').optional()
}

const duration = z
  .string()
  .refine((text) => millisecondsOf(text) !== undefined, 'expected a length of time such as "30s", "1h" or "2 days"')
const memory = z.union([
  z.string().refine((text) => bytesOf(text) !== undefined, 'expected a size such as "1GB" or "512 MiB"'),
  z.int().positive(),
])

/** What the value of a config must look like; options of plugins and nodes are checked by their own schemas. */
export const configSchema = z.object({
  pipelines: z.record(
    z.string().min(1),
    z.custom<Pipeline>(isPipeline, { error: wish('what pipeline({ ... }) returns') }),
  ),
  lineage: slot(LineageStore),
  storage: slot(StorageStrategy),
  workspace: slot(Workspace),
  executor: slot(Executor),
  secrets: slot(SecretStore),
  logger: slot(Logger),
  events: slot(Events),
  plugins: z.array(z.union([z.literal(false), z.custom<AnyPlugin>(isPlugin, { error: wish('a plugin') })])).optional(),
  hooks: z.object({ beforeStep: tap(), onQualityViolation: tap(), onLateData: tap(), afterStep: tap() }).optional(),
  memory: memory.optional(),
  threads: z.int().positive().optional(),
  batchRows: z.int().positive().optional(),
  concurrency: z.int().positive().optional(),
  durability: z.enum(['power', 'process']).optional(),
  retain: z.object({ entries: z.int().positive().optional(), grace: duration.optional() }).optional(),
  seed: z.int().optional(),
  deadlines: z.record(z.string(), deadlineOption).optional(),
  schedules: z.record(z.string(), scheduleSchema).optional(),
} satisfies Record<keyof Config, z.ZodType>)
