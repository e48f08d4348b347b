// The file channel as a library: the API that ipckit's users know, and the dialect and endpoint with
// which a contract is served to a program that knows only the files.
export type { MailboxReport } from 'tieline/transport'
export {
  backend,
  FileChannel,
  type FileChannelOptions,
  frontend,
  type WaitOptions,
} from './file-channel.js'
export { type ChannelInfo, type FileInfo, info } from './info.js'
export type { MailboxMessage, Message, NewMessage } from './message.js'
export { at, fileChannel } from './protocol.js'
export { type Handler, type ResponderOptions, respond } from './responder.js'
