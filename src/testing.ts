// "tidegate/testing": what a plugin of each kind must do, as cases for any test runner.
export { randomLineage } from './testing/lineage-history.ts'
export { sameAnswers } from './testing/lineage-answers.ts'
export { type ContractCase, lineageStoreContract } from './testing/lineage-store.ts'
export { executorContract } from './testing/executor.ts'
export { storageStrategyContract } from './testing/storage-strategy.ts'
export { type WorkspaceSubject, workspaceContract } from './testing/workspace.ts'
