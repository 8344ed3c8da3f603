// "tidegate/testing": what a plugin of each kind must do, as cases for any test runner.
export { type ContractCase, lineageStoreContract, sameAnswers } from './testing/lineage-store.ts'
