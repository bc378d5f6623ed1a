import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { TransactionRequest } from "ethers";

import { FEE_LIMITS, requireFees, type FeeLimits } from "../../sdk/src/chain/fees";

/**
 * Makes a signer of Hardhat name its gas and its fees by itself, within limits: for a network whose keys are in the configuration Hardhat
 * signs whatever the node names.
 */
export function boundSigner(signer: HardhatEthersSigner, limits: FeeLimits = FEE_LIMITS): HardhatEthersSigner {
  const send = signer.sendTransaction.bind(signer);
  signer.sendTransaction = async (request: TransactionRequest) => {
    const { maxFeePerGas, maxPriorityFeePerGas, gasPrice } = await signer.provider.getFeeData();
    const gasLimit = request.gasLimit ?? (await signer.estimateGas(request));
    const fees = maxFeePerGas === null ? { gasPrice } : { maxFeePerGas, maxPriorityFeePerGas };
    const priced = { ...fees, ...request, gasLimit };
    requireFees(priced as never, limits);
    return send(priced);
  };
  return signer;
}
