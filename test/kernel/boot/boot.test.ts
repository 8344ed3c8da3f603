import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { value } from '../../../src/kernel/boot/boot-services.ts'
import { RunContext } from '../../../src/kernel/boot/run-context.ts'
import type { Context } from '../../../src/kernel/context.ts'
import { createSecret, secretText } from '../../../src/kernel/secret.ts'
import { createRedactor } from '../../../src/kernel/secrets/redactor.ts'
import { createToken } from '../../../src/kernel/token.ts'
import { A, B, boot, C, failure, part, secretsFrom } from './parts.ts'

const run: Context = { now: new Date(0), random: () => 0.5, signal: new AbortController().signal, runId: 'r1' }

describe('order', () => {
  test('providers come before those who need them, whatever the order in the config; setup follows after all services', async () => {
    const diary: string[] = []
    const plugins = [
      part('watch', diary),
      part('a', diary, { provides: A, needs: { b: B, c: C } }),
      part('b', diary, { provides: B, needs: { c: C } }),
      part('c', diary, { provides: C }),
    ]
    const booted = await boot(plugins)
    expect(diary).toEqual(['create c', 'create b', 'create a', 'setup watch'])
    diary.length = 0
    await booted.dispose()
    await booted.dispose()
    expect(diary).toEqual(['dispose watch', 'dispose a', 'dispose b', 'dispose c'])
  })

  test('an asynchronous create is awaited before the next begins', async () => {
    let ready = false
    const slow = part('slow', [], {
      provides: A,
      create: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        ready = true
        return { name: 'slow' }
      },
    })
    const seen: boolean[] = []
    const needy = part('needy', [], {
      provides: B,
      needs: { a: A },
      create: () => {
        seen.push(ready)
        return {}
      },
    })
    await boot([needy, slow])
    expect(seen).toEqual([true])
  })

  test('a plugin receives exactly its needs, and setup the hooks besides', async () => {
    let given: object = {}
    const watch = part('watch', [], {
      needs: { a: A },
      setup: (_: never, needs: object) => {
        given = needs
      },
    } as never)
    const booted = await boot([watch, part('a', [], { provides: A }), part('b', [], { provides: B })])
    expect(Object.keys(given).sort()).toEqual(['a', 'hooks'])
    expect((given as { a: unknown }).a).toBe(booted.get(A))
    expect(Object.keys((booted.get(A) as unknown as { needs: object }).needs)).toEqual([])
  })

  test('a default fills a slot only when no plugin does', async () => {
    const diary: string[] = []
    const defaults = [part('default a', diary, { provides: A }), part('default b', diary, { provides: B })]
    const booted = await boot([part('own a', diary, { provides: A })], { defaults })
    expect(booted.get(A).name).toBe('own a')
    expect(booted.get(B).name).toBe('default b')
    expect(diary).not.toContain('create default a')
  })

  test('two kernels in one process have instances of their own', async () => {
    const plugins = [part('a', [], { provides: A })]
    const [one, two] = await Promise.all([boot(plugins), boot(plugins)])
    expect(one.get(A)).not.toBe(two.get(A))
  })
})

describe('faults', () => {
  test('all of them come at once, before anything is created', async () => {
    const diary: string[] = []
    const Clock = createToken<number>('acme/Clock')
    const options = z.object({ path: z.string(), retries: z.number().optional() })
    const error = await failure(
      boot([
        part('typo', diary, { provides: A, options, given: { path: 3, retires: 1 } }),
        part('needy', diary, { needs: { clock: Clock } }),
        part('second', diary, { provides: A }),
        part('b', diary, { provides: B, needs: { c: C } }),
        part('c', diary, { provides: C, needs: { b: B } }),
        part('secretive', diary, { options: z.object({ key: secretText() }), given: { key: createSecret('NOWHERE') } }),
        secretsFrom({}),
      ]),
    )
    expect(diary).toEqual([])
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.data['faults']).toEqual([
      {
        code: 'CONFIG_INVALID',
        where: 'typo.retires',
        message: 'unknown option "retires"',
        hint: 'Did you mean "retries"?',
      },
      { code: 'CONFIG_INVALID', where: 'typo.path', message: 'expected text, got 3' },
      expect.objectContaining({ code: 'BOOT_FAILED', where: 'second', message: 'second and typo both provide acme/A' }),
      expect.objectContaining({ where: 'needy', message: 'needs "clock" (acme/Clock@1), and nothing provides it' }),
      expect.objectContaining({ where: 'b', message: 'plugins need each other in a circle: b -> c -> b' }),
      expect.objectContaining({
        code: 'SECRET_MISSING',
        where: 'secretive',
        message: 'the secret "NOWHERE" is not set',
      }),
    ])
    expect(error.message.split('\n')[0]).toBe('The config has 6 faults:')
    expect(error.message).toContain('  - typo.retires: unknown option "retires" (Did you mean "retries"?)')
  })

  test('a kernel plugin cannot need what is made for each run', async () => {
    const error = await failure(
      boot(
        [
          part('a', [], { provides: A, needs: { b: B, run: RunContext } }),
          part('b', [], { provides: B, scope: 'run' }),
        ],
        {
          runValues: [RunContext],
        },
      ),
    )
    expect(error.code).toBe('BOOT_FAILED')
    expect(error.message).toContain(
      'a: lives as long as the kernel but needs "b" (acme/B), which b makes anew for each run',
    )
    expect(error.message).toContain('needs "run" (tidegate/RunContext), which is made anew for each run')
  })

  test('another version of a contract is named', async () => {
    const NewA = createToken<number>('acme/A', 2)
    const error = await failure(boot([part('a', [], { provides: A }), part('b', [], { needs: { a: NewA } })]))
    expect(error.message).toBe('b: needs "a" (acme/A@2), and nothing provides it')
    expect(error.hint).toBe('There is acme/A@1, another version of that contract: update the older plugin.')
  })

  test('needs of nodes are checked as well', async () => {
    const error = await failure(boot([], { demands: [{ where: 'pipelines.p.n', needs: { a: A } }] }))
    expect(error.message).toContain('pipelines.p.n: needs "a" (acme/A@1)')
  })

  test('a plugin that taps hooks lives as long as the kernel, and none of its needs takes the name of the hooks', async () => {
    const error = await failure(
      boot([part('w', [], { scope: 'run', needs: { hooks: A } }), part('a', [], { provides: A })]),
    )
    expect(error.message).toContain("w: taps hooks but has the scope 'run'")
    expect(error.message).toContain('w: names a need "hooks"')
  })

  test('a circle of one is named', async () => {
    const error = await failure(boot([part('a', [], { provides: A, needs: { a: A } })]))
    expect(error.message).toBe('a: plugins need each other in a circle: a -> a')
  })
})

describe('failing plugins', () => {
  const broken = part('broken', [], {
    provides: C,
    needs: { a: A, b: B },
    create: () => {
      throw new Error('connection refused')
    },
  })

  test('what was created is disposed in reverse, and the error names the plugin', async () => {
    const diary: string[] = []
    const error = await failure(boot([broken, part('a', diary, { provides: A }), part('b', diary, { provides: B })]))
    expect(diary).toEqual(['create a', 'create b', 'dispose b', 'dispose a'])
    expect(error).toMatchObject({ code: 'BOOT_FAILED', message: 'Plugin broken could not start: connection refused' })
    expect(error.cause).toMatchObject({ message: 'connection refused' })
  })

  test('a plugin that creates nothing is named', async () => {
    const error = await failure(boot([part('a', [], { provides: A, create: () => undefined })]))
    expect(error.message).toBe('Plugin a could not start: create returned undefined')
  })

  test('every plugin gets its turn at the end, and the failures are collected', async () => {
    const diary: string[] = []
    const angry = (name: string) => () => {
      throw new Error(`${name} is stuck`)
    }
    const booted = await boot([
      part('a', diary, { provides: A, dispose: angry('a') }),
      part('b', diary, { provides: B }),
      part('c', diary, { provides: C, dispose: angry('c') }),
    ])
    expect(await failure(booted.dispose())).toMatchObject({
      code: 'DISPOSE_FAILED',
      message: 'Plugins failed while being closed: c (c is stuck), a (a is stuck)',
    })
    expect(diary).toContain('dispose b')
  })
})

describe('runs', () => {
  test('plugins of scope run are made anew for each run and closed with it', async () => {
    const diary: string[] = []
    const perRun = part('perRun', diary, { provides: B, scope: 'run', needs: { a: A, run: RunContext } })
    const booted = await boot([part('a', diary, { provides: A }), perRun], { runValues: [RunContext] })
    const one = await booted.startRun([value(RunContext, run)])
    const two = await booted.startRun([value(RunContext, { ...run, runId: 'r2' })])
    expect(one.get(B)).not.toBe(two.get(B))
    expect(one.get(A)).toBe(two.get(A))
    expect(booted.has(B)).toBe(false)
    expect(one.give({ a: A, run: RunContext })).toEqual({ a: booted.get(A), run })
    await one.dispose()
    await booted.dispose()
    expect(diary).toEqual([
      'create a',
      'create perRun',
      'create perRun',
      'dispose perRun',
      'dispose perRun',
      'dispose a',
    ])
  })
})

describe('secrets', () => {
  const options = z.object({ url: secretText(), tries: z.number().default(3) })
  const secretive = (given: object) => part('db', [], { provides: A, options, given })

  test('a plugin receives the text; its options keep the reference', async () => {
    const redactor = createRedactor()
    const plugin = secretive({ url: createSecret('URL') })
    const booted = await boot([plugin, secretsFrom({ URL: 'canary-4711' })], { redactor })
    expect(booted.get(A)).toMatchObject({ options: { url: 'canary-4711', tries: 3 } })
    expect(JSON.stringify(plugin.given)).toBe('{"url":"secret(URL)"}')
    expect(redactor.redact('canary-4711')).toBe('[secret URL]')
  })

  test('plain text does as well', async () => {
    expect((await boot([secretive({ url: 'text' })])).get(A)).toMatchObject({ options: { url: 'text' } })
  })

  test('the secret does not reach the error of the plugin that fails with it', async () => {
    const leaking = part('db', [], {
      provides: A,
      options,
      given: { url: createSecret('URL') },
      create: (({ url }: { url: string }) => {
        throw new Error(`cannot reach ${url}`)
      }) as never,
    })
    const error = await failure(boot([leaking, secretsFrom({ URL: 'canary-4711' })]))
    expect(error.message).toBe('Plugin db could not start: cannot reach [secret URL]')
    expect(JSON.stringify(error.data)).not.toContain('canary')
  })

  test('all missing secrets come together', async () => {
    const other = part('other', [], { provides: B, options, given: { url: createSecret('TWO') } })
    const secrets = [{ name: 'THREE', where: 'pipelines.p.orders' }]
    const error = await failure(boot([secretive({ url: createSecret('ONE') }), other, secretsFrom({})], { secrets }))
    expect(error.code).toBe('SECRET_MISSING')
    expect((error.data['faults'] as { message: string }[]).map(({ message }) => message)).toEqual([
      'the secret "ONE" is not set',
      'the secret "TWO" is not set',
      'the secret "THREE" is not set',
    ])
  })

  test('a secret store cannot take its own options from itself', async () => {
    const vault = { ...secretsFrom({}), name: 'vault', options, given: { url: createSecret('URL') } }
    const error = await failure(boot([vault]))
    expect(error).toMatchObject({
      message: 'vault: plugins need each other in a circle: vault -> vault',
      hint: 'The secret store, and what it needs, cannot take their own options from it.',
    })
  })

  test('a store that cannot be asked is named', async () => {
    const vault = {
      ...secretsFrom({}),
      name: 'vault',
      create: () => ({ get: () => Promise.reject(new Error('vault is sealed')) }),
    }
    const error = await failure(boot([vault, secretive({ url: createSecret('ONE') })]))
    expect(error).toMatchObject({ code: 'BOOT_FAILED', message: 'vault: vault is sealed' })
  })

  test('a store that had to be asked is closed again when there are faults, and a failure of that is told as well', async () => {
    const vault = {
      ...secretsFrom({}),
      name: 'vault',
      dispose: () => {
        throw new Error('vault is jammed')
      },
    }
    const error = await failure(boot([vault, secretive({ url: createSecret('ONE') })]))
    expect(error.message).toContain('the secret "ONE" is not set')
    expect(error.message).toContain('Plugins failed while being closed: vault (vault is jammed)')
  })
})
