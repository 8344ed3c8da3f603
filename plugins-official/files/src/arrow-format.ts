import { arrow, arrowOptions, createArrowSource } from './arrow.ts'
import type { FileFormat } from './format.ts'
import { createArrowTarget, toArrow, toArrowOptions } from './to-arrow.ts'

export const arrowFormat: FileFormat = {
  name: 'arrow',
  extensions: ['arrow', 'feather', 'ipc', 'arrows'],
  packs: false,
  reader: { options: arrowOptions, create: createArrowSource, node: arrow },
  writer: { options: toArrowOptions, create: createArrowTarget, node: toArrow, carries: () => 'same' },
}
