import type { FileFormat } from '@tidegate/files/toolkit'
import { createPickleSource, pickle, pickleOptions } from './pickle.ts'

/** Pickles as commands see them: they are read, never written. */
export const format: FileFormat = {
  name: 'pickle',
  extensions: ['pkl', 'pickle'],
  packs: true,
  reader: {
    options: pickleOptions,
    create: createPickleSource,
    node: (options: Parameters<typeof pickle>[0]) => pickle(options),
  },
}
