/** Verbs of observed tables against plain Arquero (and DuckDB on one thread), processor time; each part of the bench is a file of `tables/`. */
import { sections as typedVerbs } from './tables/typed.ts'
import { wholeTables } from './tables/whole.ts'

console.log('observed / plain Arquero = times as fast, least of several runs')
await wholeTables()
await typedVerbs()
