import {
  createWalletClient,
  http,
  numberToHex,
  type Address,
  type EIP1193Provider,
  type Hex,
  type TypedDataDefinition,
} from "viem";
import { generatePrivateKey, privateKeyToAccount, type PrivateKeyAccount } from "viem/accounts";
import { sendTransaction } from "viem/actions";

import type { Network } from "../network";
import { chainOf } from "./config";

/** Where the key of the page's own wallet is kept. */
export const BURNER_KEPT = "isonomy.burner";
/** What the page's wallet begins with, in wei. */
const FUNDS = 100n * 10n ** 18n;

export const isBurnerKept = (): boolean => localStorage.getItem(BURNER_KEPT) !== null;

/** The key of the page's own wallet: for play money alone, so it lies in the open. */
function burnerAccount(): PrivateKeyAccount {
  const kept = localStorage.getItem(BURNER_KEPT) as Hex | null;
  const key = kept ?? generatePrivateKey();
  if (kept === null) localStorage.setItem(BURNER_KEPT, key);
  return privateKeyToAccount(key);
}

class RequestError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A wallet as pages know it (EIP-1193), which signs with a key of the page and asks nobody. */
export function burnerProvider(network: Network): Pick<EIP1193Provider, "request" | "on" | "removeListener"> {
  const chain = chainOf(network);
  const transport = http(network.rpcUrls[0]);
  let client: ReturnType<typeof createWalletClient> | undefined;
  const ready = async () => {
    if (client === undefined) {
      client = createWalletClient({ account: burnerAccount(), chain, transport });
      await fund(client);
    }
    return client;
  };

  /** Local nodes give what they are asked for. */
  async function fund(wallet: NonNullable<typeof client>): Promise<void> {
    const address = wallet.account!.address;
    const ask = wallet.request as (request: { method: string; params: unknown[] }) => Promise<unknown>;
    const balance = BigInt((await ask({ method: "eth_getBalance", params: [address, "latest"] })) as string);
    if (balance > 0n) return;
    await ask({ method: "hardhat_setBalance", params: [address, numberToHex(FUNDS)] }).catch(() =>
      ask({ method: "anvil_setBalance", params: [address, numberToHex(FUNDS)] }),
    );
  }

  const answers: Record<string, (parameters: readonly unknown[]) => Promise<unknown>> = {
    eth_chainId: async () => numberToHex(chain.id),
    eth_accounts: async () => (isBurnerKept() ? [burnerAccount().address] : []),
    eth_requestAccounts: async () => [(await ready()).account!.address],
    wallet_switchEthereumChain: async ([wanted]) => {
      const { chainId } = wanted as { chainId: Hex };
      if (BigInt(chainId) !== BigInt(chain.id)) throw new RequestError(4902, "This wallet is for one chain.");
      return null;
    },
    eth_sendTransaction: async ([asked]) => {
      const sent = asked as { to: Address; data?: Hex; value?: Hex; gas?: Hex };
      const wallet = await ready();
      return sendTransaction(wallet, {
        account: wallet.account!,
        chain,
        to: sent.to,
        ...(sent.data === undefined ? {} : { data: sent.data }),
        ...(sent.value === undefined ? {} : { value: BigInt(sent.value) }),
        ...(sent.gas === undefined ? {} : { gas: BigInt(sent.gas) }),
      });
    },
    personal_sign: async ([raw]) => {
      await ready();
      return burnerAccount().signMessage({ message: { raw: raw as Hex } });
    },
    eth_signTypedData_v4: async ([, text]) => {
      await ready();
      return burnerAccount().signTypedData(JSON.parse(text as string) as TypedDataDefinition);
    },
  };

  return {
    request: (async ({ method, params = [] }: { method: string; params?: readonly never[] }) => {
      const answer = answers[method];
      if (answer !== undefined) return answer(params);
      if (/^(eth|net|web3)_/.test(method)) return (await ready()).request({ method, params } as never);
      throw new RequestError(4200, `This wallet does not know ${method}.`);
    }) as EIP1193Provider["request"],
    // one account on one chain: nothing ever changes
    on: () => undefined as never,
    removeListener: () => undefined as never,
  };
}
