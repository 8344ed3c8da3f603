import { ownFormats } from '../src/formats.ts'
import { holdMatrix } from './matrix-run.ts'

holdMatrix(ownFormats)
