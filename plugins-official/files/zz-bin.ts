import { createArrowSource } from './src/arrow.ts'
import { readFileSync, writeFileSync } from 'node:fs'
const j = (x: unknown) => JSON.stringify(x, (_, v) => typeof v === 'bigint' ? v + 'n' : v instanceof Uint8Array ? 'b:' + Buffer.from(v).toString('latin1') : v)
export async function read(s: any, want?: string[]) {
  const signal = AbortSignal.timeout(30000)
  let rows: any[][] = []; let rej: any[] = []; let schema: any
  for await (const part of s.discover({ known: new Map(), signal })) {
    schema = s.describeAll ? await s.describeAll([part], { signal }) : await s.describe(part, { signal })
    for await (const c of s.open(part, { schema, batchRows: 65536, random: () => 0, signal })) {
      if ('rejected' in c) rej.push(...c.rejected)
      else { for (let i = 0; i < c.length; i++) rows.push(c.columns.map((k: any) => k.at(i))) ; var names = c.schema?.fields?.map((f: any) => f.name) }
    }
  }
  return { schema, rows, rej, names: names! }
}
if (process.argv[1]!.endsWith('zz-bin.ts')) for (const f of process.argv.slice(2)) {
  try {
    const { schema, rows } = await read(createArrowSource({ path: f }, { folder: '/' }))
    console.log('==', f.split('/').pop(), rows.length)
    if (rows.length <= 5) for (const [i, x] of schema.fields.entries()) console.log('    ', x.name, j(x.type), j(rows.map((r) => r[i])).slice(0,150))
  } catch (e: any) { console.log('!!', f.split('/').pop(), e.code, e.message, e.code ? '' : e.stack) }
}
