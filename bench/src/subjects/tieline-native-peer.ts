// Tieline's own protocol between bare peers.
import { native } from 'tieline'
import { bare } from './tieline.js'

export const subject = bare('tieline-native-peer', native())
