import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type LineageEvent, LineageStore, lineageFilter, Project, provide } from 'tidegate'
import { z } from 'zod'

/** A lineage store in a file of one event a line. Two methods are enough: the kernel answers every question from the events. */
export function createFileLineage(path: string): LineageStore {
  const lines = async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
  const write = async (event: LineageEvent) => {
    const line = JSON.stringify(event)
    lineageFilter()(event) // refuses an event without a valid time
    if (!(await lines()).includes(line)) await appendFile(path, `${line}\n`)
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
