import type { FileFormat } from '@tidegate/files/toolkit'
import { avro, avroOptions, createAvroSource } from './avro.ts'
import { createAvroTarget, toAvro, toAvroOptions } from './to-avro.ts'

/** Avro as commands see it. Every logical type is carried. */
export const format: FileFormat = {
  name: 'avro',
  extensions: ['avro'],
  packs: false,
  reader: {
    options: avroOptions,
    create: createAvroSource,
    node: (options: Parameters<typeof avro>[0]) => avro(options),
  },
  writer: {
    options: toAvroOptions,
    create: createAvroTarget,
    node: (options: Parameters<typeof toAvro>[0]) => toAvro(options),
    carries: () => 'same',
  },
}
