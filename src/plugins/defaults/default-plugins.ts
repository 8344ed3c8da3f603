import { availableParallelism } from 'node:os'
import { provide } from '../../kernel/define/plugin.ts'
import { createEvents } from '../../kernel/log/create-events.ts'
import { createLogger, type LogLevel, logLevel } from '../../kernel/log/create-logger.ts'
import { environmentSecrets } from '../../kernel/secrets/environment-secrets.ts'
import { Redactor } from '../../kernel/secrets/redactor.ts'
import { Events } from '../events.ts'
import { Executor } from '../executor.ts'
import { LineageStore } from '../lineage-store.ts'
import { Logger } from '../logger.ts'
import type { AnyPlugin } from '../plugin.ts'
import { SecretStore } from '../secret-store.ts'
import { StorageStrategy } from '../storage-strategy.ts'
import { createArrowStorage } from './arrow-storage.ts'
import { diskWorkspace } from './disk-workspace.ts'
import { createInProcessExecutor } from './in-process-executor.ts'
import { createMemoryLineage } from './memory-lineage.ts'

export interface DefaultsGiven {
  /** Parts worked on at once; the number of cores by default. */
  readonly concurrency?: number | undefined
  /** What is logged unless the variable TIDEGATE_LOG says otherwise. Default `warn`. */
  readonly log?: LogLevel | undefined
  readonly variables?: Readonly<Record<string, string | undefined>> | undefined
}

/** What fills the slots that a config leaves open: nothing here needs an install or a server. */
export function defaultPlugins({
  concurrency,
  log: level = 'warn',
  variables = process.env,
}: DefaultsGiven = {}): readonly AnyPlugin[] {
  const secrets = provide(SecretStore, { name: 'tidegate/environment', create: () => environmentSecrets(variables) })
  const logger = provide(Logger, {
    name: 'tidegate/pino',
    needs: { redactor: Redactor },
    create: (_, { redactor }) => createLogger({ redactor, level: logLevel(variables['TIDEGATE_LOG'], level) }),
  })
  const events = provide(Events, {
    name: 'tidegate/events',
    needs: { log: Logger, redactor: Redactor },
    create: (_, { log, redactor }) => createEvents(log, redactor),
  })
  const storage = provide(StorageStrategy, { name: 'tidegate/arrow', create: () => createArrowStorage() })
  const lineage = provide(LineageStore, { name: 'tidegate/memory', create: () => createMemoryLineage() })
  const executor = provide(Executor, {
    name: 'tidegate/in-process',
    create: () => createInProcessExecutor({ concurrency: concurrency ?? availableParallelism() }),
  })
  return [secrets(), logger(), events(), diskWorkspace({ folder: '.tidegate' }), storage(), lineage(), executor()]
}
