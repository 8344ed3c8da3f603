// One page for each run: what was checked, what failed and why.
export { type ReportOptions, reportPage } from './page.ts'
