/** What a custom error says, why, and what to do; `{name}` stands for the error's argument of that name. */
export type Sentences = readonly [message: string, reason: string, fix: string];
