export { excel } from './excel.ts'
export { format } from './format.ts'
export { toExcel } from './to-excel.ts'
