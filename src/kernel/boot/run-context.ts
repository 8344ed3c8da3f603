import type { Context } from '../context.ts'
import { createToken } from '../token.ts'

/** For plugins of scope `run`: time, chance, id and cancellation of the run they are made for. */
export const RunContext = createToken<Context>('tidegate/RunContext')
