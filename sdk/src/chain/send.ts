import type { ContractTransaction, Provider, Signer, TransactionReceipt } from "ethers";

import { sameAddress } from "../addresses/address";
import { fail } from "../errors/catalogue";
import { FEE_LIMITS, withinFees, type FeeLimits } from "./fees";
import { WAIT_PATIENCE, mined, waitsByItself, type WaitPatience } from "./wait";

/** Sends one transaction on one chain and waits until it, or the same one sped up, is mined. */
export async function sendTransaction(
  signer: Signer,
  provider: Provider,
  transaction: ContractTransaction,
  chainId: bigint,
  patience: WaitPatience = WAIT_PATIENCE,
  limits: FeeLimits = FEE_LIMITS,
): Promise<TransactionReceipt> {
  const account = await signer.getAddress();
  // a wallet that switched networks since the check refuses a transaction for another chain
  const request = { ...transaction, chainId };
  const meant = { to: transaction.to, data: transaction.data, value: BigInt(transaction.value ?? 0n) };

  const { sendUncheckedTransaction } = signer as { sendUncheckedTransaction?: (one: object) => Promise<string> };
  if (typeof sendUncheckedTransaction === "function") {
    // the wallet chooses the number; ethers would wait without end for a hash that the node never shows
    const likelyNonce = await provider.getTransactionCount(account, "pending");
    const hash = await sendUncheckedTransaction.call(signer, request);
    return mined(provider, { hash, from: account, likelyNonce, ...meant }, patience);
  }

  const response = await signer.sendTransaction(await withinFees(signer, request, limits));
  const { hash, from, nonce } = response;
  if (waitsByItself(response)) {
    const receipt = await response.wait(1, patience.minedMs);
    if (receipt === null) throw fail("TRANSACTION_UNCONFIRMED", { hash, seconds: patience.minedMs / 1_000 });
    return receipt;
  }
  const carried = !sameAddress(from, account);
  return mined(provider, { hash, from, nonce, carried, ...meant }, patience);
}
