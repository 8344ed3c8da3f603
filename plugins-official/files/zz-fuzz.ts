import { readFileSync, writeFileSync, mkdtempSync } from 'node:fs'
import { read } from './zz-bin.ts'
import { src } from './zz-fmt.ts'
import { createArrowSource } from './src/arrow.ts'
import { sniffFile } from './src/sniff.ts'
import { createCsvSource, csvSourceOptions } from './src/csv.ts'
const dir = mkdtempSync('/tmp/hr/fz-')
let seed = 7
const rnd = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n
const N = Number(process.env['N'] ?? 60)
for (const f of process.argv.slice(2)) {
  const bytes = readFileSync(f)
  const ext = /\.[^/]*$/.exec(f)![0]
  const out: Record<string, number> = {}
  let worst = 0
  const base = process.memoryUsage().rss
  const make = (p: string) => /arrow|feather/.test(ext) ? createArrowSource({ path: p }, { folder: '/' }) : /csv|txt/.test(ext) ? createCsvSource(csvSourceOptions.parse({ path: p }), { folder: '/' }) : src(p)
  const orig = /csv|txt/.test(ext) ? '' : JSON.stringify((await read(make(f)).catch(() => ({ rows: ['err'] }))).rows, (_, v) => typeof v === 'bigint' ? `${v}n` : v)
  for (let i = 0; i < N; i++) {
    let b = Buffer.from(bytes)
    const trunc = i % 3 === 0
    if (trunc) b = b.subarray(0, rnd(b.length))
    else for (let k = 0; k < (i % 3 === 1 ? 1 : 5); k++) b[rnd(b.length)] = i % 2 ? rnd(256) : b[rnd(b.length)]! ^ (1 << rnd(8))
    const p = `${dir}/x${ext}`
    writeFileSync(p, b)
    const t0 = performance.now()
    let code = 'ok'
    try { if (/csv|txt/.test(ext)) await sniffFile(p); const r = await read(make(p)); if (trunc && !/csv|txt/.test(ext)) { code = r.rows.length < JSON.parse(orig).length ? 'SHORT' : 'ok-trunc' } } catch (e: any) {
      code = e.code ?? `CRASH ${e.stack?.split('\n').slice(0, 3).join(' | ')}` }
    const ms = performance.now() - t0
    if (ms > worst) worst = ms
    if (code.startsWith('CRASH') || code === 'SHORT' || ms > 3000 || /^ERR/.test(code)) writeFileSync(`${dir}/${code.slice(0, 5)}-${i}-${f.split('/').pop()}`, b)
    out[code] = (out[code] ?? 0) + 1
  }
  console.log(f.split('/').pop(), Math.round(worst) + 'ms', Math.round((process.memoryUsage().rss - base) / 1e6) + 'MB', JSON.stringify(out))
}
