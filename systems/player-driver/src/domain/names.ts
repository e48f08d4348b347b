// Codes and their names: of statuses and text fields, as people read them and as the JSON
// generations of the wire write them. Looked up in Maps, so that no name is inherited.
import { invalid } from './errors.js'
import { Status, TextField, type TrackTexts } from './types.js'

const STATUS_NAMES = new Map<Status, string>([
  [Status.Stopped, 'stopped'],
  [Status.Playing, 'playing'],
  [Status.Paused, 'paused'],
  [Status.Seeking, 'seeking'],
  [Status.Buffering, 'buffering'],
  [Status.Error, 'error'],
  [Status.Unknown, 'unknown'],
])

const TEXT_NAMES = new Map<TextField, string>([
  [TextField.CurrentTitle, 'current_title'],
  [TextField.CurrentAuthor, 'current_author'],
  [TextField.CurrentAlbum, 'current_album'],
  [TextField.CurrentGenre, 'current_genre'],
  [TextField.QueueTitle, 'queue_title'],
  [TextField.QueueAuthor, 'queue_author'],
  [TextField.QueueAlbum, 'queue_album'],
  [TextField.QueueGenre, 'queue_genre'],
])

/** Where a text is kept: with the track that plays, or with the one that plays next. */
export interface TextPlace {
  readonly of: 'texts' | 'queue'
  readonly key: keyof TrackTexts
}

const TEXT_PLACES = new Map<TextField, TextPlace>([
  [TextField.CurrentTitle, { of: 'texts', key: 'title' }],
  [TextField.CurrentAuthor, { of: 'texts', key: 'artist' }],
  [TextField.CurrentAlbum, { of: 'texts', key: 'album' }],
  [TextField.CurrentGenre, { of: 'texts', key: 'genre' }],
  [TextField.QueueTitle, { of: 'queue', key: 'title' }],
  [TextField.QueueAuthor, { of: 'queue', key: 'artist' }],
  [TextField.QueueAlbum, { of: 'queue', key: 'album' }],
  [TextField.QueueGenre, { of: 'queue', key: 'genre' }],
])

const STATUSES = new Map([...STATUS_NAMES].map(([status, name]) => [name, status]))
const TEXT_FIELDS = new Map([...TEXT_NAMES].map(([field, name]) => [name, field]))

export const statusCodes: ReadonlySet<unknown> = new Set(STATUS_NAMES.keys())
export const textFieldCodes: ReadonlySet<unknown> = new Set(TEXT_NAMES.keys())

/** 'playing', 'paused' and so on. */
export function statusName(status: Status): string {
  return STATUS_NAMES.get(status) as string
}

export function statusFromName(name: unknown): Status {
  const status = STATUSES.get(name as string)
  if (status === undefined) throw invalid(`invalid status: ${String(name)}`)
  return status
}

/** 'current_title' and so on. */
export function textFieldName(field: TextField): string {
  return TEXT_NAMES.get(field) as string
}

export function textFieldFromName(name: unknown): TextField {
  const field = TEXT_FIELDS.get(name as string)
  if (field === undefined) throw invalid(`invalid metadata_id: ${String(name)}`)
  return field
}

export function textPlace(field: TextField): TextPlace {
  return TEXT_PLACES.get(field) as TextPlace
}

/** The field of one text of the track that plays, or of the one that plays next. */
export function textFieldAt(place: TextPlace): TextField {
  return (place.of === 'queue' ? QUEUE_FIELDS : CURRENT_FIELDS)[place.key]
}

const CURRENT_FIELDS: Readonly<Record<keyof TrackTexts, TextField>> = {
  title: TextField.CurrentTitle,
  artist: TextField.CurrentAuthor,
  album: TextField.CurrentAlbum,
  genre: TextField.CurrentGenre,
}
const QUEUE_FIELDS: Readonly<Record<keyof TrackTexts, TextField>> = {
  title: TextField.QueueTitle,
  artist: TextField.QueueAuthor,
  album: TextField.QueueAlbum,
  genre: TextField.QueueGenre,
}
