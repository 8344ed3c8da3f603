/** Messy files with known dialects, generated: [name, bytes, what must be found]. */
export interface Expected {
  readonly delimiter?: string
  readonly quote?: string | null
  readonly escape?: string
  readonly comment?: string
  readonly skip?: number
  readonly header?: boolean
  readonly headerRows?: number
  readonly decimal?: string
  readonly thousands?: string
  readonly nulls?: readonly string[]
  readonly trim?: boolean
  readonly dateFormat?: string | Readonly<Record<string, string>>
  readonly encoding?: string
  readonly lines?: { readonly from: number; readonly to?: number }
}

export interface Case {
  readonly name: string
  readonly bytes: Uint8Array
  /** Options of each table. */
  readonly tables: readonly Expected[]
  /** Types of the columns of each table, by name where they matter. */
  readonly types?: Readonly<Record<string, string>>
}

const names = ['Anna', 'Bert', 'Cleo', 'Dora', 'Emil', 'Fritz', 'Gina', 'Hugo']
const cities = ['Rome', 'Oslo', 'Lima', 'New York', 'Zürich', 'São Paulo', 'Bern', 'Kyoto']
const at = <T>(list: readonly T[], i: number): T => list[i % list.length] as T
const rows = (count: number, row: (i: number) => readonly string[], delimiter = ','): string =>
  Array.from({ length: count }, (_, i) => `${row(i).join(delimiter)}\n`).join('')
const plain = (i: number) => [
  String(i + 1),
  at(names, i),
  `2024-01-${String((i % 28) + 1).padStart(2, '0')}`,
  (i * 1.5 + 0.25).toFixed(2),
]
const head = ['id', 'name', 'day', 'amount']
const table = (delimiter: string, count = 12) => `${head.join(delimiter)}\n${rows(count, plain, delimiter)}`
const types = { id: 'int64', name: 'string', day: 'date', amount: 'float64' }
const utf8 = (text: string) => Buffer.from(text)
const made = (
  name: string,
  text: string | Uint8Array,
  tables: Expected | readonly Expected[],
  found?: Case['types'],
): Case => ({
  name,
  bytes: typeof text === 'string' ? utf8(text) : text,
  tables: Array.isArray(tables) ? tables : [tables as Expected],
  ...(found === undefined ? {} : { types: found }),
})
const euro = (i: number) => [
  String(i + 1),
  at(names, i),
  `${(i % 20) + 9}.${(i % 12) + 1}.2024`,
  `${i * 3},${String(i % 10)}5`,
]

export const corpus: readonly Case[] = [
  ...[',', ';', '\t', '|', ':', ' ', '^', '~'].map((delimiter) =>
    made(`delimiter ${JSON.stringify(delimiter)}`, table(delimiter), delimiter === ',' ? {} : { delimiter }, types),
  ),
  made('carriage returns and line feeds', table(',').replaceAll('\n', '\r\n'), {}, types),
  made('carriage returns alone', table(';').replaceAll('\n', '\r'), { delimiter: ';' }, types),
  made('no line end at the end', table(',').trimEnd(), {}, types),
  made('a byte order mark', `\ufeff${table(';')}`, { delimiter: ';' }, types),
  made('UTF-16', Buffer.from(`\ufeff${table('\t')}`, 'utf16le'), { delimiter: '\t' }, types),
  made('UTF-16 without a mark', Buffer.from(table(','), 'utf16le'), { encoding: 'utf16le' }, types),
  made('windows-1252', Buffer.from(`id,city\n${rows(10, (i) => [String(i), at(cities, i)])}`, 'latin1'), {
    encoding: 'windows1252',
  }),
  made('UTF-8 beyond ASCII', `id,city\n${rows(10, (i) => [String(i), at(cities, i)])}`, {}),
  made('no header', rows(12, plain), { header: false }),
  made('no header, semicolons', rows(12, euro, ';'), {
    delimiter: ';',
    header: false,
    decimal: ',',
    dateFormat: 'D.M.YYYY',
  }),
  made('texts alone with a header', `name,city\n${rows(10, (i) => [at(names, i), at(cities, i)])}`, {}),
  made(
    'codes without a header',
    rows(8, (i) => [at(['DE', 'FR', 'IT', 'NO'], i), at(['Berlin', 'Paris', 'Rome', 'Oslo'], i)]),
    { header: false },
  ),
  made(
    'codes with a header',
    `country,capital\n${rows(8, (i) => [at(['DE', 'FR', 'IT', 'NO'], i), at(['Berlin', 'Paris', 'Rome', 'Oslo'], i)])}`,
    {},
  ),
  made('quotes', `id,name\n${rows(10, (i) => [String(i), `"${at(names, i)}, ${at(names, i + 1)}"`])}`, {}),
  made('doubled quotes', `id,name\n${rows(10, (i) => [String(i), `"${at(names, i)} ""the ${i}"" Smith, Jr."`])}`, {}),
  made(
    'backslashes before quotes',
    `id,name\n${rows(10, (i) => [String(i), `"${at(names, i)} \\"the ${i}\\", Jr."`])}`,
    { escape: '\\' },
  ),
  made('single quotes', `id;name;n\n${rows(10, (i) => [String(i), `'${at(names, i)}; x'`, '1'], ';')}`, {
    delimiter: ';',
    quote: "'",
  }),
  made('line breaks in quotes', `id,note,n\n${rows(10, (i) => [String(i), `"line one\nline; two, ${i}"`, '7'])}`, {}),
  made('all cells in quotes', `"id","name","n"\n${rows(10, (i) => [`"${i}"`, `"${at(names, i)}"`, `"${i}.5"`])}`, {}),
  made(
    'quotes behind spaces',
    `"id", "name", "n"\n${rows(10, (i) => [`"${i}"`, ` "${at(names, i)}, x"`, ` "${i}.5"`])}`,
    { trim: true },
  ),
  made('spaces around numbers', `id, name, n\n${rows(10, (i) => [String(i), ` ${at(names, i)}`, ` ${i}.5`])}`, {
    trim: true,
  }),
  made('quotes inside cells', `id;size\n${rows(10, (i) => [String(i), `${i + 3}" disk`], ';')}`, {
    delimiter: ';',
    quote: null,
  }),
  made('decimal comma', `id;name;day;amount\n${rows(12, euro, ';')}`, {
    delimiter: ';',
    decimal: ',',
    dateFormat: 'D.M.YYYY',
  }),
  made('decimal comma in quotes', `id,amount\n${rows(12, (i) => [String(i), `"${i},75"`])}`, { decimal: ',' }),
  made('thousands with commas', `id;amount\n${rows(12, (i) => [String(i), `${i + 1},234,${500 + i}.25`], ';')}`, {
    delimiter: ';',
    thousands: ',',
  }),
  made('thousands with points', `id;amount\n${rows(12, (i) => [String(i), `${i + 1}.234.${500 + i},25`], ';')}`, {
    delimiter: ';',
    decimal: ',',
    thousands: '.',
  }),
  made('thousands with spaces', `id;amount\n${rows(12, (i) => [String(i), `${i + 1} 234,5`], ';')}`, {
    delimiter: ';',
    decimal: ',',
    thousands: ' ',
  }),
  made('thousands with apostrophes', `id,amount\n${rows(12, (i) => [String(i), `${i + 1}'234.5`])}`, {
    thousands: "'",
  }),
  made('NA for nothing', `id,n\n${rows(12, (i) => [String(i), i % 3 === 0 ? 'NA' : String(i)])}`, {
    nulls: ['', 'NA'],
  }),
  made(
    'dashes and backslash-N for nothing',
    `id,n,d\n${rows(12, (i) => [String(i), i % 3 === 0 ? '-' : String(i), i % 4 === 0 ? '\\N' : '2024-01-01'])}`,
    { nulls: ['', '\\N', '-'] },
  ),
  made('days first', `id,day\n${rows(20, (i) => [String(i), `${String(i + 5).padStart(2, '0')}/02/2024`])}`, {
    dateFormat: 'D/M/YYYY',
  }),
  made('months first', `id,day\n${rows(20, (i) => [String(i), `02/${String(i + 5).padStart(2, '0')}/2024`])}`, {
    dateFormat: 'M/D/YYYY',
  }),
  made('two kinds of dates', `a,b\n${rows(20, (i) => [`${i + 5}/02/2024`, `02.${i + 5}.2024 10:30`])}`, {
    dateFormat: { a: 'D/M/YYYY', b: 'M.D.YYYY H:mm' },
  }),
  made(
    'times of day with semicolons',
    `start;end;n\n${rows(12, (i) => [`0${i % 10}:15`, `1${i % 10}:45`, String(i)], ';')}`,
    { delimiter: ';' },
    { start: 'time(ms)', n: 'int64' },
  ),
  made(
    'times of day with commas',
    `start,end\n${rows(12, (i) => [`0${i % 10}:15:00`, `1${i % 10}:45:30`])}`,
    {},
    { start: 'time(ms)' },
  ),
  made(
    'ISO instants',
    `at,n\n${rows(12, (i) => [`2024-01-01T0${i % 10}:00:00Z`, String(i)])}`,
    {},
    { at: 'timestamp(ms, UTC)' },
  ),
  made('comments', `# made by x\n# on 2024-01-01, late\n${table(',')}`, { comment: '#' }, types),
  made(
    'comments in the middle',
    `${table(';', 5)}# half\n${rows(5, plain, ';')}`,
    { delimiter: ';', comment: '#' },
    types,
  ),
  made('percent signs before comments', `% relation, x\n${table(',')}`, { comment: '%' }, types),
  made('a header with a number sign', `#id\tname\tday\tamount\n${rows(12, plain, '\t')}`, { delimiter: '\t' }),
  made('a title and a blank line', `Sales report\n\n${table(',')}`, { skip: 2 }, types),
  made(
    'titles of several lines',
    `Sales report, 2024\nmade by: Anna\n${table(';')}`,
    { delimiter: ';', skip: 2 },
    types,
  ),
  made('titles padded by a spreadsheet', `Report;;;\n;;;\n${table(';')}`, { delimiter: ';', skip: 2 }, types),
  made('a sum at the end', `${table(';')}Total;;;123.5\n`, { delimiter: ';', lines: { from: 1, to: 13 } }, types),
  made('a remark at the end', `${table(',')}\nSource: the office\n`, { lines: { from: 1, to: 13 } }, types),
  made('a title and a sum', `Report\n\n${table(',')}Total,,,9\n`, { lines: { from: 3, to: 15 } }, types),
  made('two tables with a blank line', `${table(',', 4)}\ncode,n\n${rows(4, (i) => [`c${i}`, String(i)])}`, [
    { lines: { from: 1, to: 5 } },
    { lines: { from: 7 } },
  ]),
  made('two tables without a blank line', `${table(',', 5)}code,n\n${rows(5, (i) => [`c${i}`, String(i)])}`, [
    { lines: { from: 1, to: 6 } },
    { lines: { from: 7 } },
  ]),
  made('two tables of one width', `${table(',', 4)}\nkey,who,since,sum\n${rows(4, plain)}`, [
    { lines: { from: 1, to: 5 } },
    { lines: { from: 7 } },
  ]),
  made(
    'two tables with titles',
    `First\n${table(';', 4)}\nSecond\ncode;n\n${rows(4, (i) => [`c${i}`, String(i)], ';')}`,
    [
      { delimiter: ';', lines: { from: 2, to: 6 } },
      { delimiter: ';', lines: { from: 9 } },
    ],
  ),
  made(
    'two tables of two dialects',
    `${table(';', 5)}\ncode,n,m\n${rows(6, (i) => [`c${i}`, String(i), String(i * 2)])}`,
    [{ delimiter: ';', lines: { from: 1, to: 6 } }, { lines: { from: 8 } }],
  ),
  made('blank lines inside one table', `${table(',', 4)}\n${rows(6, plain)}`, {}, types),
  made(
    'names and units',
    `time,speed,mass\ns,m/s,kg\n${rows(10, (i) => [String(i), `${i}.5`, String(i * 2)])}`,
    { headerRows: 2 },
    { 'time s': 'int64', 'speed m/s': 'float64' },
  ),
  made(
    'years as names',
    `country,2021,2022,2023\n${rows(6, (i) => [at(cities, i), String(i * 7), String(i * 9), String(i * 3)])}`,
    {},
  ),
  made('one column of numbers', `n\n${rows(10, (i) => [String(i)])}`, {}, { n: 'int64' }),
  made(
    'one column of texts with commas in some',
    `remark\n${rows(10, (i) => [i % 3 === 0 ? `"yes, ${i}"` : `fine ${at(names, i)}`])}`,
    {},
  ),
  made('a header and one row', 'id;name\n1;Anna\n', { delimiter: ';' }, { id: 'int64' }),
  made('ragged rows', table(';', 20).replace('\n3;Cleo;', '\n3;').replace('\n9;', '\n9;9;'), { delimiter: ';' }),
  made(
    'addresses and times',
    `url,at,who\n${rows(10, (i) => [`https://example.com/a?x=${i}`, `2024-01-01 0${i}:00:00`, `a${i}@example.com`])}`,
    {},
    { at: 'timestamp(ms)' },
  ),
  made(
    'paths between pipes',
    `path|size\n${rows(10, (i) => [`/var/log/${at(names, i)}.log`, String(i)], '|')}`,
    { delimiter: '|' },
    { size: 'int64' },
  ),
  made('prices', `item,price\n${rows(10, (i) => [at(names, i), `$${i}.99`])}`, {}),
  made(
    'a log with spaces',
    `level code ms\n${rows(10, (i) => [at(['INFO', 'WARN', 'ERROR'], i), String(200 + i), `${i}.5`], ' ')}`,
    { delimiter: ' ' },
    { ms: 'float64' },
  ),
  made('leading zeros', `zip,city\n${rows(10, (i) => [`0${1000 + i}`, at(cities, i)])}`, {}, { zip: 'string' }),
  made(
    'wide',
    `${Array.from({ length: 60 }, (_, i) => `c${i}`).join(';')}\n${rows(8, (r) => Array.from({ length: 60 }, (_, i) => String(r * i)), ';')}`,
    { delimiter: ';' },
    { c59: 'int64' },
  ),
  made('mostly empty', `a,b,c,d\n${rows(12, (i) => ['', i % 4 === 0 ? String(i) : '', '', ''])}`, {}, { b: 'int64' }),
]
