import type { Signer, TransactionRequest } from "ethers";

import { FEE_LIMITS, requireFees, type FeeLimits } from "../../sdk/src/chain/fees";

/**
 * Makes a signer name its gas and its fees by itself, within limits: Hardhat, for a key in its configuration, and ethers sign whatever the
 * node names.
 */
export function boundSigner<S extends Signer>(signer: S, limits: FeeLimits = FEE_LIMITS): S {
  const send = signer.sendTransaction.bind(signer);
  signer.sendTransaction = async (request: TransactionRequest) => {
    const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = await signer.provider!.getFeeData();
    const gasLimit = request.gasLimit ?? (await signer.estimateGas(request));
    const fees = maxFeePerGas === null ? { gasPrice } : { maxFeePerGas, maxPriorityFeePerGas };
    const priced = { ...fees, ...request, gasLimit };
    requireFees(priced as never, limits);
    return send(priced);
  };
  return signer;
}
