// The command's arguments are at fault: said in one line, without a stack.

export class UsageError extends Error {}
