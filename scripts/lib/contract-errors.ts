import { ErrorFragment, type JsonFragment } from "ethers";
import type { Artifacts } from "hardhat/types";

/** Errors that pay tokens raise by ERC-6093 and ERC-2612; their contracts are not ours, so no artifact names them. */
const FROM_PAY_TOKENS = [
  "error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
  "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  "error ERC20InvalidApprover(address approver)",
  "error ERC20InvalidReceiver(address receiver)",
  "error ERC20InvalidSender(address sender)",
  "error ERC20InvalidSpender(address spender)",
  "error ERC2612ExpiredSignature(uint256 deadline)",
  "error ERC2612InvalidSigner(address signer, address owner)",
];

/** The signature of every custom error that a call to the protocol can raise, sorted, each once. */
export async function readErrorSignatures(artifacts: Artifacts): Promise<string[]> {
  const signatures = new Set(FROM_PAY_TOKENS);
  for (const name of await artifacts.getAllFullyQualifiedNames()) {
    if (!name.startsWith("contracts/")) continue;
    const { abi } = await artifacts.readArtifact(name);
    for (const fragment of abi as JsonFragment[]) {
      if (fragment.type === "error") signatures.add(ErrorFragment.from(fragment).format("full"));
    }
  }
  return [...signatures].sort();
}
