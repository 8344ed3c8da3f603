export { avro } from './avro.ts'
export { format } from './format.ts'
export { toAvro } from './to-avro.ts'
