import { read } from './zz-bin.ts'
import { createAvroSource, avroOptions } from '../format-avro/src/avro.ts'
import { createExcelSource } from '../format-excel/src/excel.ts'
import { excelOptions } from '../format-excel/src/options.ts'
import { createPickleSource, pickleOptions } from '../format-pickle/src/pickle.ts'
const j = (x: unknown) => JSON.stringify(x, (_, v) => typeof v === 'bigint' ? v + 'n' : typeof v === 'number' && !Number.isFinite(v) ? String(v) : v instanceof Uint8Array ? 'b:' + Buffer.from(v).toString('latin1') : v)
export const src = (f: string): any => f.includes('.avro') ? createAvroSource(avroOptions.parse({ path: f }), { folder: '/' }) : f.includes('.xls') ? createExcelSource(excelOptions.parse({ path: f }), { folder: '/' }) : createPickleSource(pickleOptions.parse({ path: f }), { folder: '/', memory: 1 << 28 } as any)
if (process.argv[1]!.endsWith('zz-fmt.ts')) for (const f of process.argv.slice(2)) {
  try {
    const { schema, rows, rej } = await read(src(f))
    console.log('==', f.split('/').pop(), rows.length, 'rej', rej.length, rej.slice(0, 2).map((r: any) => r.reason).join(' / '))
    for (const [i, x] of schema.fields.entries()) console.log('    ', x.name, j(x.type), x.sees ?? '', j(rows.slice(0,4).map((r) => r[i])).slice(0,150))
  } catch (e: any) { console.log('!!', f.split('/').pop(), e.code, e.message, e.code ? '' : e.stack) }
}
