import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type LineageEvent, LineageStore, lineageFilter, Project, provide } from 'tidegate'
import { z } from 'zod'

/** A lineage store in a file of one event a line. Two methods are enough: the kernel answers every question from the events. */
export function createFileLineage(path: string): LineageStore {
  const text = async () => (existsSync(path) ? readFile(path, 'utf8') : '')
  const lines = async () => (await text()).split('\n').filter((line) => line !== '')
  const write = async (event: LineageEvent) => {
    const line = JSON.stringify(event)
    lineageFilter()(event) // refuses an event without a valid time
    const before = await lines()
    if (before.includes(line)) return
    await writeFile(`${path}.new`, `${[...before, line].join('\n')}\n`)
    await rename(`${path}.new`, path) // whole or not at all, whatever happens to the process
  }
  let last = Promise.resolve()
  return {
    append: (event) => (last = last.catch(() => undefined).then(() => write(event))), // one after another
    async *events(filter) {
      const wanted = lineageFilter(filter)
      for (const line of await lines()) if (wanted(JSON.parse(line))) yield JSON.parse(line)
    },
  }
}

export const fileLineage = provide(LineageStore, {
  name: 'acme/file-lineage',
  options: z.object({ path: z.string() }),
  needs: { project: Project },
  async create({ path }, { project }) {
    const file = resolve(project.folder, path)
    await mkdir(dirname(file), { recursive: true })
    return createFileLineage(file)
  },
})
