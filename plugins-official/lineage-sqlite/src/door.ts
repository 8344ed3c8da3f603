// What this package uses of Tidegate.
export { provide } from '../../../src/kernel/define/plugin.ts'
export { isTidegateError, TidegateError } from '../../../src/kernel/errors.ts'
export { lineageEdges } from '../../../src/kernel/lineage/edges.ts'
export { lineageRun, versionOf } from '../../../src/kernel/lineage/runs.ts'
export * from '../../../src/plugins/lineage-answers.ts'
export * from '../../../src/plugins/lineage-store.ts'
export { Project } from '../../../src/plugins/project.ts'
