import { definePlugin, Logger } from 'tidegate'
import { z } from 'zod'

/** Logs when nodes begin, and warns of those that failed or took longer than `slow` milliseconds. */
export const watch = definePlugin({
  name: 'acme/watch',
  options: z.object({ slow: z.number().nonnegative().default(60_000) }),
  needs: { log: Logger },
  setup({ slow }, { hooks, log }) {
    hooks.beforeStep.tapPromise('acme/watch', async ({ node, kind }) => log.info(`${node} (${kind}) begins`))
    hooks.afterStep.tapPromise('acme/watch', async ({ node, status, duration, error }) => {
      if (error) log.warn(`${node} ${status}: ${error.message}`)
      else if (duration > slow) log.warn(`${node} took ${Math.round(duration)} ms`)
    })
  },
})
