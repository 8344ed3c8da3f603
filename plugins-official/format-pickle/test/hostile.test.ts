import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { isTidegateError, types } from 'tidegate'
import { describe, expect, it } from 'vitest'
import { createPickleSource, pickleOptions } from '../src/pickle.ts'
import { createFolder, readAll, schema } from './reading.ts'
import { samples } from './samples.ts'

const folder = createFolder()
const memory = 1 << 26

function read(
  bytes: Uint8Array | string,
  more: object = {},
  columns = undefined as ReturnType<typeof schema> | undefined,
) {
  writeFileSync(join(folder, 'a.pkl'), bytes)
  return readAll(createPickleSource(pickleOptions.parse({ path: 'a.pkl', ...more }), { folder, memory }), columns)
}

describe('a class or function that is no data is refused by its name, and nothing runs:', () => {
  const short = (text: string) => Buffer.concat([Buffer.from([0x8c, text.length]), Buffer.from(text)])
  it.each<[string, Uint8Array | string, string]>([
    ['os.system by its oldest spelling', "cos\nsystem\n(S'touch owned'\ntR.", 'os.system'],
    ['builtins.eval', "cbuiltins\neval\n(S'1'\ntR.", 'builtins.eval'],
    [
      'a name from the stack',
      Buffer.concat([Buffer.from([0x80, 4]), short('subprocess'), short('Popen'), Buffer.from([0x93, 0x2e])]),
      'subprocess.Popen',
    ],
    [
      'a name hidden behind dots',
      Buffer.concat([Buffer.from([0x80, 4]), short('datetime'), short('sys.modules'), Buffer.from([0x93, 0x2e])]),
      'datetime.sys.modules',
    ],
    ['a class of somebody', 'capp.models\nUser\n)\x81.', 'app.models.User'],
    ['operator.attrgetter', 'coperator\nattrgetter\n.', 'operator.attrgetter'],
  ])('%s', async (_, bytes, name) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'SOURCE_UNSAFE',
      message: `"a.pkl" names ${name}, which a pickle of data does not need; nothing was run`,
    })
    expect(existsSync('owned')).toBe(false)
  })
})

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

describe('a damaged pickle ends in SOURCE_CORRUPT with its byte:', () => {
  it.each<[string, Uint8Array | string, string]>([
    ['an empty file', '', 'is empty'],
    ['text', 'hello', 'is damaged at byte'],
    ['an end without STOP', hex('80 04 5d'), 'at byte 3: it claims 1 bytes where 0 are left'],
    ['an unknown instruction', hex('80 04 ff'), 'it holds the unknown instruction 0xff'],
    ['a later protocol', hex('80 09 2e'), 'it is of protocol 9'],
    ['a giant length', hex('80 04 8d ffffffffffffff7f'), 'it claims 9223372036854775807 bytes'],
    ['a length of four gigabytes', hex('80 03 42 ffffffff'), 'it claims 4294967295 bytes where 0 are left'],
    [
      'an integer of a megabyte',
      Buffer.concat([hex('80 02 8b 00001000'), Buffer.alloc(1 << 20)]),
      'an integer of 1048576 bytes',
    ],
    ['text that is not UTF-8', hex('80 04 8c 01 ff 2e'), 'text that is not UTF-8'],
    ['an empty stack', hex('80 04 2e'), 'takes a value from an empty stack'],
    ['a mark that was not set', hex('80 04 74 2e'), 'goes back to a mark that was not set'],
    ['a list left open', hex('80 04 4e 28 4e 2e'), 'stops inside of a list'],
    ['a value that was never kept', hex('80 04 68 07 2e'), 'recalls value 7, which was never kept'],
    ['items of no list', hex('80 04 4e 4e 61 2e'), 'appends to something that is no list'],
    ['a key without a value', hex('80 04 7d 28 4e 75 2e'), 'sets a key without a value'],
    ['a call of no name', hex('80 04 4e 29 52 2e'), 'calls something that is no name'],
    ['a persistent id', 'Pabc\n.', 'uses a persistent id, which cannot be data'],
    ['an extension code', hex('80 02 82 01 2e'), 'uses an extension code'],
    ['a buffer elsewhere', hex('80 05 97 2e'), 'uses a buffer outside of the file'],
    [
      'a day that does not exist',
      Buffer.concat([Buffer.from('cdatetime\ndate\n('), hex('43 04 07e7 02 1e'), Buffer.from('tR.')]),
      'a date that does not exist',
    ],
    ['no table', hex('80 04 4b 05 2e'), 'holds no table but a number'],
    [
      'columns of different lengths',
      hex('80 04 7d 28 8c 01 61 5d 8c 01 62 5d 4b 01 61 75 2e'),
      "a dict of lists of which 'b' has 1 values, not 0",
    ],
  ])('%s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: expect.stringContaining(message),
    })
  })
})

describe('bombs end soon:', () => {
  it('lists that double each other thirty times', async () => {
    // l0 = []; l1 = [l0, l0]; ...; [{'x': l30}]
    const level = (i: number) => Buffer.from([0x5d, 0x94, 0x28, 0x68, i - 1, 0x68, i - 1, 0x65, 0x30])
    const levels = Array.from({ length: 30 }, (_, i) => level(i + 1))
    const bytes = Buffer.concat([hex('80 04 5d 94 30'), ...levels, hex('5d 7d 8c 01 78 68 1e 73 61 2e')])
    const began = performance.now()
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: '"a.pkl" holds values that repeat each other without end',
    })
    expect(performance.now() - began).toBeLessThan(5000)
  })
  it('a list that holds itself', async () => {
    // [{'x': l}], where l = [l]
    const bytes = hex('80 04 5d 7d 8c 01 78 5d 94 68 00 61 73 61 2e')
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'SOURCE_CORRUPT',
      message: expect.stringContaining('deeper than 32 levels, or a list holds itself'),
    })
    await expect(read(bytes, {}, schema({ x: types.list(types.list(types.int32)) }))).resolves.toMatchObject({
      rows: [],
    })
  })
  it('a million lists, one inside of the other', async () => {
    const bytes = Buffer.concat([
      hex('80 04 5d 7d 8c 01 78'),
      Buffer.alloc(200_000, 0x5d),
      Buffer.alloc(199_999, 0x61),
      hex('73 61 2e'),
    ])
    await expect(read(bytes)).rejects.toMatchObject({ code: 'SOURCE_CORRUPT' })
  })
  it('more values than memory holds', async () => {
    await expect(read(Buffer.concat([hex('80 04'), Buffer.alloc(20 << 20, 0x5d)]))).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: `"a.pkl" holds values that need more than ${1 << 26} bytes of memory`,
    })
    await expect(read(Buffer.alloc(2000), { maxBytes: 1000 })).rejects.toMatchObject({
      code: 'SOURCE_UNREADABLE',
      message: '"a.pkl" is larger than maxBytes (1000)',
    })
  })
})

it('whatever is flipped or cut off, reading ends soon, with rows or with an error that has a code', async () => {
  const all = Object.values(samples).map((text) => Buffer.from(text, 'base64'))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...all),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      async (bytes, flips, cut) => {
        const damaged = Uint8Array.from(bytes)
        for (const [at, mask] of flips) damaged[at % bytes.length] = (damaged[at % bytes.length] as number) ^ mask
        const began = performance.now()
        try {
          await read(cut % 3 === 0 ? damaged.subarray(0, cut % bytes.length) : damaged, { columns: undefined })
        } catch (error) {
          expect(isTidegateError(error), String((error as Error).stack)).toBe(true)
        }
        expect(performance.now() - began).toBeLessThan(3000)
      },
    ),
    { numRuns: 800 },
  )
})
