import { benchMemory } from './memory.ts'
for (const n of [1, 20]) console.log(await benchMemory(n))
