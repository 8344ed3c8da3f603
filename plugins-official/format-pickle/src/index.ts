export { format } from './format.ts'
export { pickle } from './pickle.ts'
