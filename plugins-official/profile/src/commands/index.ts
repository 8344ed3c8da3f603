export { profile } from './profile.ts'
export { suggest } from './suggest.ts'
