import { createToken } from '../kernel/token.ts'

/** Where the values behind `secret('NAME')` come from: the environment by default, vaults by plugin. */
export interface SecretStore {
  /** The value, or undefined when there is none of that name. */
  get(name: string): Promise<string | undefined>
}

export const SecretStore = createToken<SecretStore>('tidegate/SecretStore')
