import type { Provider, Signer } from "ethers";

export async function governance(
  _session: unknown,
  _runner: Signer | Provider,
): Promise<{ status(id: bigint): Promise<any> }> {
  throw new Error("later");
}
