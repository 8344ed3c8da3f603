import type { FileFormat } from '@tidegate/files/toolkit'
import { carriedByExcel } from './cell-write.ts'
import { createExcelSource, excel } from './excel.ts'
import { excelOptions } from './options.ts'
import { createExcelTarget, toExcel, toExcelOptions } from './to-excel.ts'

/** Excel workbooks as commands see them. */
export const format: FileFormat = {
  name: 'excel',
  extensions: ['xlsx', 'xlsm'],
  packs: false,
  reader: {
    options: excelOptions,
    create: createExcelSource,
    node: (options: Parameters<typeof excel>[0]) => excel(options),
  },
  writer: {
    options: toExcelOptions,
    create: createExcelTarget,
    node: (options: Parameters<typeof toExcel>[0]) => toExcel(options),
    carries: carriedByExcel,
  },
}
