import { csv } from '@tidegate/files'
import { z } from 'zod'
import { runIn } from './lab.ts'

// Reads a folder as the user this process runs as, and says what went wrong.
const [place = ''] = process.argv.slice(2)
const orders = csv({ path: 'data/*.csv', schema: z.object({ id: z.int32(), city: z.string(), total: z.number() }) })
const { error } = await runIn(place, { orders })
process.send?.({ code: error?.code, message: error?.message, hint: error?.hint })
process.disconnect?.()
