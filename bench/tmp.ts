import { benchShowcase } from './showcase.ts'
import { median } from './measure.ts'
const { ours, theirs } = await benchShowcase(Number(process.argv[2] ?? 3))
console.log(ours.map(Math.round), theirs.map(Math.round), 'ratio', (median(ours) / median(theirs)).toFixed(2))
