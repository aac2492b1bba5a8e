/** Where a command writes its result: standard output, or what a test gives in its place. */
export interface Output {
  write(text: string): unknown;
}
