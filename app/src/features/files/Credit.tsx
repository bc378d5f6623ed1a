import { useQuery, useQueryClient } from "@tanstack/react-query";
import { iRevenueLedgerAbi } from "isonomy/abis";
import type { Deal } from "isonomy/reading";
import type { Address } from "viem";
import { readContract } from "viem/actions";
import { useConfig, useConnection } from "wagmi";

import { usePlace } from "../../chain/context";
import { useWords } from "../../i18n";
import { isBusy } from "../../tx/machine";
import { TxStatus } from "../../tx/TxStatus";
import { useTx } from "../../tx/useTx";
import { moneyOf } from "../../ui/money";
import { withdrawCall } from "./calls";

/** What waits in the ledger for the account in a deal's token: a refund lies there until it is fetched. */
export function Credit({ deal: { payToken } }: { deal: Deal }) {
  const words = useWords();
  const { t } = words;
  const { network } = usePlace();
  const config = useConfig();
  const queries = useQueryClient();
  const { address, chainId } = useConnection();
  const tx = useTx();
  const ledger = network.deployment.contracts.RevenueLedger as Address;
  const { data: credit } = useQuery({
    queryKey: ["credit", payToken, address],
    enabled: address !== undefined,
    refetchInterval: 8_000,
    queryFn: () =>
      readContract(config.getClient(), {
        abi: iRevenueLedgerAbi,
        address: ledger,
        functionName: "balanceOf",
        args: [payToken as Address, address!],
      }),
  });
  const withdraw = async (account: Address): Promise<void> => {
    if ((await tx.run(withdrawCall(ledger, payToken), account)) !== undefined) await queries.invalidateQueries();
  };
  return (
    <>
      {credit !== undefined && credit > 0n && address !== undefined && (
        <section>
          <h2>{t("files.credit")}</h2>
          <p>{t("files.creditWhy", { amount: moneyOf(network, words, payToken, credit) })}</p>
          <button
            data-act="withdraw"
            disabled={isBusy(tx.state) || chainId !== network.deployment.chainId}
            onClick={() => void withdraw(address)}
          >
            {t("files.withdraw")}
          </button>
        </section>
      )}
      <TxStatus state={tx.state} />
    </>
  );
}
