import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Address } from "viem";
import { useConfig, useConnection } from "wagmi";

import { isZeroAddress } from "../../addresses";
import { usePlace } from "../../chain/context";
import type { DealState, SoldFile } from "../../chain/source";
import { useWords } from "../../i18n";
import { isBusy } from "../../tx/machine";
import { TxStatus } from "../../tx/TxStatus";
import { useTx } from "../../tx/useTx";
import { Address as ShownAddress } from "../../ui/Address";
import { actCall, complaintCall } from "./calls";
import { FileFailure } from "./FileFailure";
import { fileKeeper } from "./keeper";
import type { Act, Outcome } from "./standing";

type Sent = Exclude<Act, "open">;

interface ActsProps {
  readonly acts: readonly Act[];
  readonly state: DealState;
  readonly file: SoldFile | undefined;
  readonly outcome: Outcome;
}

/** What can be sent for a deal now, each with what follows from it. */
export function Acts({ acts, state, file, outcome }: ActsProps) {
  const { t } = useWords();
  const { network } = usePlace();
  const config = useConfig();
  const queries = useQueryClient();
  const { address, chainId } = useConnection();
  const tx = useTx();
  const [error, setError] = useState<unknown>();
  const { chainId: wanted, contracts } = network.deployment;
  const sendable = acts.filter((act): act is Sent => act !== "open");

  const callOf = async (act: Sent, account: Address) => {
    if (act !== "complain") return actCall(contracts.Escrow, act, state.deal);
    const complaint = file === undefined ? undefined : await fileKeeper(network).complaint(file);
    // it is found by opening, and not kept any longer than the page
    if (complaint === undefined) return undefined;
    return complaintCall(config.getClient(), contracts.Escrow, state.deal, complaint, account);
  };
  const send = async (act: Sent, account: Address): Promise<void> => {
    setError(undefined);
    try {
      const call = await callOf(act, account);
      if (call !== undefined && (await tx.run(call, account)) !== undefined) await queries.invalidateQueries();
    } catch (failure) {
      setError(failure);
    }
  };

  return (
    <>
      {sendable.length > 0 && (
        <section>
          <h2>{t("files.next")}</h2>
          {address === undefined && <p>{t("files.connectToAct")}</p>}
          {sendable.map((act) => (
            <div key={act}>
              <p>{t(`files.act.${act}.why`)}</p>
              <button
                data-act={act}
                disabled={address === undefined || chainId !== wanted || isBusy(tx.state)}
                onClick={() => void send(act, address!)}
              >
                {t(`files.act.${act}`)}
              </button>
            </div>
          ))}
        </section>
      )}
      {outcome === "right" && state.status === "delivered" && !acts.includes("accept") && (
        <p>
          {t("files.onlyHolder")} <ShownAddress value={state.deal.recipient} />
        </p>
      )}
      {state.status === "delivered" && !isZeroAddress(state.deal.arbitrator) && <p>{t("files.arbitrator")}</p>}
      <TxStatus state={tx.state} />
      {error !== undefined && <FileFailure error={error} />}
    </>
  );
}
