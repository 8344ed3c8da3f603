import { sniffFile } from './src/sniff.ts'
import { createCsvSource, csvSourceOptions } from './src/csv.ts'
import { createJsonOptionsSource, createNdjsonOptionsSource, jsonOptions, ndjsonOptions } from './src/json.ts'
const j = (x: unknown) => JSON.stringify(x, (_, v) => typeof v === 'bigint' ? v + 'n' : v instanceof Date ? v.toISOString() : v)
for (const f of process.argv.slice(2)) {
  try {
    const t0 = performance.now()
    const r = await sniffFile(f)
    console.log('==', f.split('/').pop(), r.format, r.encoding.name, r.confidence, Math.round(performance.now()-t0)+'ms')
    for (const t of r.tables) {
      const { path, ...o } = t.options as any
      console.log('   ', j(o), 'lines', j(t.lines), 'rows', t.rows, 'rej', t.rejected)
      console.log('   ', t.columns.map((c) => `${c.name}:${c.type}${c.format ? '/' + c.format : ''}`).join(' ').slice(0, 300))
      if (process.env['EV']) { console.log(t.evidence.join('\n      ').slice(0,800)); for (const c of t.columns) console.log('      ', c.name, c.fits.join('|'), j(c.ruledOut).slice(0,300), c.note) }
      const kind = r.format
      const opts = { ...t.options, path: f }
      const s: any = kind === 'csv' ? createCsvSource(csvSourceOptions.parse(opts), { folder: '/' }) : kind === 'json' ? createJsonOptionsSource(jsonOptions.parse(opts), { folder: '/' }) : createNdjsonOptionsSource(ndjsonOptions.parse(opts), { folder: '/' })
      const signal = new AbortController().signal
      for await (const part of s.discover({ known: new Map(), signal }))
        for await (const c of s.open(part, { schema: t.schema, batchRows: 65536, random: () => 0, signal })) {
          if ('rejected' in c) for (const x of c.rejected.slice(0, 3)) console.log('    REJ', x.line, x.reason ?? j(x).slice(0, 200))
          else for (let i = 0; i < Math.min(3, c.length); i++) console.log('    ', j(c.columns.map((k: any) => k.at(i))).slice(0, 200))
        }
    }
  } catch (e: any) { console.log('!!', f.split('/').pop(), e.code, e.message, e.code ? '' : e.stack) }
}
