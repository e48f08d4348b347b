// What mpv 0.35 told a client that observes our properties, recorded: a FLAC file with tags, an MP3
// after it, a WAV without tags, a file that is not there. Line by line, in order.

export const idleStart = [
  '{"event":"property-change","id":1,"name":"idle-active","data":true}',
  '{"event":"property-change","id":2,"name":"pause","data":false}',
  '{"event":"property-change","id":3,"name":"seeking"}',
  '{"event":"property-change","id":4,"name":"core-idle","data":true}',
  '{"event":"property-change","id":5,"name":"paused-for-cache"}',
  '{"event":"property-change","id":6,"name":"speed","data":1.000000}',
  '{"event":"property-change","id":7,"name":"duration"}',
  '{"event":"property-change","id":8,"name":"media-title"}',
  '{"event":"property-change","id":9,"name":"metadata"}',
  '{"event":"property-change","id":10,"name":"playlist-pos","data":-1}',
  '{"event":"property-change","id":11,"name":"playlist-count","data":0}',
]

export const firstFile = [
  '{"event":"start-file","playlist_entry_id":1}',
  '{"event":"property-change","id":8,"name":"media-title","data":"a.flac"}',
  '{"event":"property-change","id":1,"name":"idle-active","data":false}',
  '{"event":"property-change","id":10,"name":"playlist-pos","data":0}',
  '{"event":"property-change","id":11,"name":"playlist-count","data":1}',
  '{"event":"audio-reconfig"}',
  '{"event":"file-loaded"}',
  '{"event":"playback-restart"}',
  '{"event":"property-change","id":8,"name":"media-title","data":"First Song"}',
  '{"event":"property-change","id":9,"name":"metadata","data":{"title":"First Song","artist":"Ada L","album":"Engines","genre":"Math","encoder":"Lavf59.27.100"}}',
  '{"event":"property-change","id":3,"name":"seeking","data":false}',
  '{"event":"property-change","id":4,"name":"core-idle","data":false}',
  '{"event":"property-change","id":5,"name":"paused-for-cache","data":false}',
  '{"event":"property-change","id":7,"name":"duration","data":6.000000}',
]

export const pause = [
  '{"event":"property-change","id":2,"name":"pause","data":true}',
  '{"event":"property-change","id":4,"name":"core-idle","data":true}',
]

export const seekWhilePaused = [
  '{"event":"seek"}',
  '{"event":"property-change","id":3,"name":"seeking","data":true}',
  '{"event":"playback-restart"}',
  '{"event":"property-change","id":3,"name":"seeking","data":false}',
]

export const goOn = [
  '{"event":"property-change","id":2,"name":"pause","data":false}',
  '{"event":"property-change","id":4,"name":"core-idle","data":false}',
]

export const twiceTheSpeed = ['{"event":"property-change","id":6,"name":"speed","data":2.000000}']

export const seekWhilePlaying = [
  '{"event":"seek"}',
  '{"event":"property-change","id":3,"name":"seeking","data":true}',
  '{"event":"property-change","id":4,"name":"core-idle","data":true}',
  '{"event":"playback-restart"}',
  '{"event":"property-change","id":3,"name":"seeking","data":false}',
  '{"event":"property-change","id":4,"name":"core-idle","data":false}',
]

export const moreFiles = ['{"event":"property-change","id":11,"name":"playlist-count","data":4}']

export const secondFile = [
  '{"event":"audio-reconfig"}',
  '{"event":"property-change","id":4,"name":"core-idle","data":true}',
  '{"event":"end-file","reason":"eof","playlist_entry_id":1}',
  '{"event":"start-file","playlist_entry_id":2}',
  '{"event":"property-change","id":8,"name":"media-title","data":"b.mp3"}',
  '{"event":"property-change","id":9,"name":"metadata"}',
  '{"event":"property-change","id":3,"name":"seeking"}',
  '{"event":"property-change","id":5,"name":"paused-for-cache"}',
  '{"event":"property-change","id":7,"name":"duration"}',
  '{"event":"property-change","id":10,"name":"playlist-pos","data":1}',
  '{"event":"file-loaded"}',
  '{"event":"property-change","id":8,"name":"media-title","data":"Zweites Stück ♫ 音楽"}',
  '{"event":"property-change","id":9,"name":"metadata","data":{"title":"Zweites Stück ♫ 音楽","artist":"Bob","encoder":"Lavf59.27.100"}}',
  '{"event":"property-change","id":3,"name":"seeking","data":true}',
  '{"event":"property-change","id":5,"name":"paused-for-cache","data":false}',
  '{"event":"property-change","id":7,"name":"duration","data":4.048980}',
  '{"event":"playback-restart"}',
  '{"event":"property-change","id":3,"name":"seeking","data":false}',
  '{"event":"property-change","id":4,"name":"core-idle","data":false}',
]

export const missingFile = [
  '{"event":"property-change","id":4,"name":"core-idle","data":true}',
  '{"event":"property-change","id":10,"name":"playlist-pos","data":0}',
  '{"event":"property-change","id":11,"name":"playlist-count","data":1}',
  '{"event":"end-file","reason":"stop","playlist_entry_id":4}',
  '{"event":"start-file","playlist_entry_id":5}',
  '{"event":"property-change","id":8,"name":"media-title","data":"nofile.mp3"}',
  '{"event":"property-change","id":9,"name":"metadata"}',
  '{"event":"property-change","id":3,"name":"seeking"}',
  '{"event":"property-change","id":5,"name":"paused-for-cache"}',
  '{"event":"property-change","id":7,"name":"duration"}',
  '{"event":"end-file","reason":"error","playlist_entry_id":5,"file_error":"loading failed"}',
  '{"event":"idle"}',
  '{"event":"property-change","id":8,"name":"media-title"}',
  '{"event":"property-change","id":1,"name":"idle-active","data":true}',
  '{"event":"property-change","id":10,"name":"playlist-pos","data":-1}',
]
