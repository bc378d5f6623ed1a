import { Interface, dataSlice, type Provider } from "ethers";

import { isContractsAnswer } from "../errors/classify";
import { decodingErrors } from "../errors/explain";
import { acceptsSignature } from "../market/signature";
import type { Answered } from "./challenges";

/** What a verifier of ERC-7913 is asked; it answers with the selector of the question. */
const VERIFIER = new Interface([
  "function verify(bytes key, bytes32 hash, bytes signature) view returns (bytes4 magic)",
]);
/** More than any verifier needs: P-256 in plain EVM code takes about 400,000. */
const VERIFY_GAS = 2_000_000n;
/** Bytes of an address. */
const ADDRESS_BYTES = 20;

/** Whether the account or the device of a challenge signed it. */
export async function isSigned(provider: Provider, answered: Answered, signature: string): Promise<boolean> {
  const { user, signer, digest } = answered;
  return signer === undefined
    ? acceptsSignature(provider, user, digest, signature)
    : acceptsDevice(provider, signer, digest, signature);
}

async function acceptsDevice(provider: Provider, signer: string, digest: string, signature: string): Promise<boolean> {
  const [verifier, key] = [dataSlice(signer, 0, ADDRESS_BYTES), dataSlice(signer, ADDRESS_BYTES)];
  const data = VERIFIER.encodeFunctionData("verify", [key, digest, signature]);
  const answer = await decodingErrors(() => provider.call({ to: verifier, data, gasLimit: VERIFY_GAS })).catch(
    (error: unknown) => {
      // only the verifier itself can refuse a signature
      if (!isContractsAnswer(error)) throw error;
      return "0x";
    },
  );
  return answer === `${VERIFIER.getFunction("verify")!.selector}${"00".repeat(28)}`;
}
