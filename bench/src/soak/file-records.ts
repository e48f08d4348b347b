// What the sides of the file channel's part write down of what they sent and got.

export type FileSide = 'backend' | 'frontend'

export const sentFile = (records: string, side: string): string => `${records}/${side}.sent`
export const cameFile = (records: string, side: string): string => `${records}/${side}.came`
