// The response header in which a handler process says who it is.

export const ANSWERED_BY = 'x-answered-by'
