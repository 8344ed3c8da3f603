import { resolve } from 'node:path'
import { LineageStore, Project, provide } from 'tidegate'
import { z } from 'zod'
import { createSqliteLineage } from './store.ts'

/**
 * Lineage in one SQLite file: `lineage: sqliteLineage({ path: '.tidegate/lineage.db' })`. A relative path is taken from the folder of the config
 * file; the file and its folder are made where they are missing.
 */
export const sqliteLineage = provide(LineageStore, {
  name: '@tidegate/lineage-sqlite',
  options: z.object({ path: z.string().min(1).describe('Path of the file.') }),
  needs: { project: Project },
  create: ({ path }, { project }) => createSqliteLineage(resolve(project.folder, path)),
  dispose: (store) => store.close?.(),
})

export { createSqliteLineage }
