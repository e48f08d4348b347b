// Tieline's own protocol.
import { native } from 'tieline'
import { served } from './tieline.js'

export const subject = served('tieline-native', { protocol: native() })
