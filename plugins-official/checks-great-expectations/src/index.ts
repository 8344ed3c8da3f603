export { type FromSuiteOptions, fromGreatExpectations } from './from-suite.ts'
export { type ResultFormat, type ResultFormatName, resultFormats } from './result/result-format.ts'
export {
  type Data,
  type ExpectationResult,
  type SuiteResult,
  type ValidateOptions,
  validateWithGreatExpectations,
} from './validate.ts'
