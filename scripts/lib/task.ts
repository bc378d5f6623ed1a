import { HardhatPluginError } from "hardhat/plugins";

/** Ends a task of Hardhat's with a sentence instead of a stack, in which no secret is left and nothing acts on a terminal. */
export async function decodingErrors<T>(action: () => Promise<T>): Promise<T> {
  const { decodeError, redactValue } = await import("../../sdk/src/errors");
  const { shown } = await import("./terminal");
  try {
    return await action();
  } catch (error) {
    // an error of ours says what to do already; one of the chain has a code
    const ours = error instanceof Error && !("code" in error);
    const sentence = shown(ours ? error.message : decodeError(error).explain());
    // Hardhat shows the cause to who asks for it
    throw new HardhatPluginError("isonomy", sentence, redactValue(error) as Error);
  }
}
