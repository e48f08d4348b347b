// The application's own extension types: which there are, and what their functions must keep to.
import { malformed, TielineError, toError } from '../../errors.js'
import { checkType, type ExtensionType } from './extension.js'

/** Extension types by their number. Throws `invalid-argument` for one that is no byte or is there twice. */
export function claimed(
  extensions: readonly ExtensionType[] = [],
): ReadonlyMap<number, ExtensionType> {
  const byType = new Map<number, ExtensionType>()
  for (const extension of extensions) {
    checkType(extension.type)
    if (byType.has(extension.type)) {
      throw new TielineError('invalid-argument', `extension type ${extension.type} is given twice`)
    }
    byType.set(extension.type, guarded(extension))
  }
  return byType
}

/** What they throw or return amiss is an error of the codec. */
function guarded(extension: ExtensionType): ExtensionType {
  const { type } = extension
  return {
    type,
    matches: (value) => extension.matches(value),
    encode(value) {
      let data: unknown
      try {
        data = extension.encode(value)
      } catch (error) {
        const message = `extension type ${type}: ${toError(error).message}`
        throw new TielineError('invalid-argument', message, { cause: error })
      }
      if (data instanceof Uint8Array) return data
      const message = `extension type ${type}: encode must return a Uint8Array`
      throw new TielineError('invalid-argument', message)
    },
    decode(data) {
      try {
        return extension.decode(data)
      } catch (error) {
        const message = `extension type ${type} cannot be read: ${toError(error).message}`
        throw malformed(message, { cause: error })
      }
    },
  }
}
