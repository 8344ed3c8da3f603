import type { z } from 'zod'
import type { TableSchema } from '../types.ts'
import { fromZod } from './from-zod.ts'
import { resolveSchema } from './resolve.ts'

/** The physical schema a declaration stands for; the columns of `physical` keep their types where the declaration leaves that open. */
export function declaredSchema(schema: z.ZodObject, physical?: TableSchema): TableSchema
export function declaredSchema(schema: z.ZodObject | undefined, physical?: TableSchema): TableSchema | undefined
export function declaredSchema(schema: z.ZodObject | undefined, physical?: TableSchema): TableSchema | undefined {
  return schema === undefined ? undefined : resolveSchema(fromZod(schema), physical).schema
}
