import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createToken, definePlugin, Project, provide } from 'tidegate'
import { z } from 'zod'

/** A service of one's own: counters by name and labels. Other plugins ask for it by this token. */
export interface Metrics {
  add(name: string, labels: Readonly<Record<string, string>>, amount: number): void
  /** Writes what was counted, in the text format of Prometheus. */
  write(): Promise<void>
}

export const Metrics = createToken<Metrics>('acme/Metrics')

/** Counts in memory, and writes a file when the run is over. */
export const fileMetrics = provide(Metrics, {
  name: 'acme/file-metrics',
  options: z.object({ path: z.string() }),
  needs: { project: Project },
  create({ path }, { project }): Metrics {
    const counters = new Map<string, number>()
    const file = resolve(project.folder, path)
    return {
      add(name, labels, amount) {
        const list = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`)
        const key = `${name}{${list.join(',')}}`
        counters.set(key, (counters.get(key) ?? 0) + amount)
      },
      async write() {
        const lines = [...counters].map(([key, value]) => `${key} ${value}\n`)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, lines.sort().join(''))
      },
    }
  },
  dispose: (metrics) => metrics.write(),
})

/** Turns what the hooks tell into counters. A plugin receives exactly what it needs, and the hooks. */
export const stepMetrics = definePlugin({
  name: 'acme/step-metrics',
  needs: { metrics: Metrics },
  setup(_, { hooks, metrics }) {
    hooks.afterStep.tapPromise('acme/step-metrics', async ({ node, status, rowsOut, quarantined }) => {
      metrics.add('steps_total', { node, status }, 1)
      metrics.add('rows_total', { node, what: 'out' }, rowsOut)
      metrics.add('rows_total', { node, what: 'quarantined' }, quarantined)
    })
  },
})
