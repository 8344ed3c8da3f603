// What this package uses of Tidegate.
export { isTidegateError, LineageStore, provide, TidegateError } from 'tidegate'
