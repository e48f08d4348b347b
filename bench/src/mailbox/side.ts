// What the subjects of the file channel's suite have in common: one side that sends and receives.

export interface Message {
  readonly id: string
  readonly timestamp: number
  readonly type: 'request' | 'response' | 'event'
  readonly method?: string | null
  readonly reply_to?: string | null
  readonly payload: unknown
}

export interface Side {
  /** Resolves with the id when the file has it. */
  send(message: Omit<Message, 'id' | 'timestamp'>): Promise<string>
  receive(take: (message: Message) => void): void
  close(): Promise<void>
}
