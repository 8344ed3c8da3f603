import { benchOverhead } from './overhead.ts'
for (let i = 0; i < Number(process.argv[2] ?? 3); i++) for (const d of ['power', 'process'] as const) console.log(await benchOverhead(d))
