import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createNode } from '../../../src/kernel/node.ts'
import { createSecret } from '../../../src/kernel/secret.ts'
import { environmentSecrets } from '../../../src/kernel/secrets/environment-secrets.ts'
import { createRedactor } from '../../../src/kernel/secrets/redactor.ts'
import { resolveSecrets, secretNames } from '../../../src/kernel/secrets/resolve-secrets.ts'

const store = environmentSecrets({ TOKEN: 'canary-4711', URL: 'postgres://u:p@h/db', EMPTY: '' })

describe('redactor', () => {
  test('blots out every secret it has learnt, and names it', () => {
    const redactor = createRedactor()
    redactor.learn('TOKEN', 'canary-4711')
    expect(redactor.redact('GET /?t=canary-4711 failed, canary-4711!')).toBe(
      'GET /?t=[secret TOKEN] failed, [secret TOKEN]!',
    )
  })

  test('leaves text alone before it knows a secret, and values under four characters', () => {
    const redactor = createRedactor()
    expect(redactor.redact('abc abcd')).toBe('abc abcd')
    redactor.learn('SHORT', 'abc')
    expect(redactor.redact('abc abcd')).toBe('abc abcd')
  })

  test('of two secrets where one contains the other no rest stays', () => {
    const redactor = createRedactor()
    redactor.learn('SHORT', 'pass')
    redactor.learn('LONG', 'password')
    expect(redactor.redact('pass password')).toBe('[secret SHORT] [secret LONG]')
  })

  test('of a URL, the password is blotted out on its own, as written and decoded', () => {
    const redactor = createRedactor()
    redactor.learn('URL', 'postgres://me:p%40ssword@host/db')
    expect(redactor.redact('p@ssword or p%40ssword refused at host')).toBe(
      '[secret URL] or [secret URL] refused at host',
    )
    redactor.learn('ODD', 'postgres://me:100%25%odd@host/db')
    expect(redactor.redact('postgres://me:100%25%odd@host/db')).toBe('[secret ODD]')
  })

  test('as HTML writes it, also what JSON has written before', () => {
    const redactor = createRedactor()
    redactor.learn('TOKEN', `a<b>&"c"'`)
    expect(redactor.redact('<td>a&lt;b&gt;&amp;&quot;c&quot;&#39;</td>')).toBe('<td>[secret TOKEN]</td>')
    expect(redactor.redact('<td>&quot;a&lt;b&gt;&amp;\\&quot;c\\&quot;&#39;&quot;</td>')).toBe(
      '<td>&quot;[secret TOKEN]&quot;</td>',
    )
  })

  test('for all secrets: not found again in text, JSON, JSON in JSON, or a URL', () => {
    const secret = fc.string({ minLength: 4, maxLength: 20, unit: 'grapheme' })
    fc.assert(
      fc.property(secret, (value) => {
        fc.pre(!'[secret X]'.includes(value))
        const redactor = createRedactor()
        redactor.learn('X', value)
        const json = JSON.stringify({ '1': value })
        for (const text of [value, json, JSON.stringify({ '2': json }), `?${encodeURIComponent(value)}`]) {
          expect(redactor.redact(text)).toContain('[secret X]')
          expect(redactor.redact(text)).not.toContain(value)
        }
      }),
    )
  })
})

describe('resolveSecrets', () => {
  test('gives a copy with values, and leaves the options as they are', async () => {
    const redactor = createRedactor()
    const schema = z.object({})
    const options = { url: createSecret('URL'), headers: [{ token: createSecret('TOKEN') }], plain: 1, schema }
    const resolved = await resolveSecrets(options, store, redactor)
    expect(resolved).toEqual({ url: 'postgres://u:p@h/db', headers: [{ token: 'canary-4711' }], plain: 1, schema })
    expect(resolved.schema).toBe(schema)
    expect(JSON.stringify(options)).toContain('secret(URL)')
    expect(JSON.stringify(options)).not.toContain('canary')
    expect(redactor.redact('canary-4711')).toBe('[secret TOKEN]')
  })

  test('names all missing secrets at once; an empty one is missing', async () => {
    const options = { a: createSecret('NONE'), b: createSecret('EMPTY'), c: createSecret('TOKEN') }
    await expect(resolveSecrets(options, store, createRedactor())).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      message: 'These secrets are not set: "NONE", "EMPTY"',
      data: { secrets: ['NONE', 'EMPTY'] },
    })
  })

  test('does not look into nodes, and ends on circular options', () => {
    const uses = { point: 'source', name: 's', options: z.object({}), needs: {}, create: () => ({}) as never } as const
    const node = createNode({ uses, options: { url: createSecret('INSIDE') } })
    const circular: Record<string, unknown> = { node, key: createSecret('TOKEN') }
    circular['self'] = circular
    expect(secretNames(circular)).toEqual(['TOKEN'])
  })

  test('a secret prints, exports and interpolates as its name', () => {
    const secret = createSecret('TOKEN')
    expect(`${secret} ${JSON.stringify([secret])}`).toBe('secret(TOKEN) ["secret(TOKEN)"]')
  })
})
