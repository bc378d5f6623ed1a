import { useQueryClient } from "@tanstack/react-query";
import { isonomyGovernorAbi } from "isonomy/abis";
import { encodeBallot, type Side } from "isonomy/governance-math";
import { useState } from "react";
import type { Address } from "viem";
import { useConnection } from "wagmi";

import { usePlace } from "../../chain/context";
import type { ProposalDetail } from "../../chain/government";
import { useWords } from "../../i18n";
import { isBusy } from "../../tx/machine";
import { TxStatus } from "../../tx/TxStatus";
import { useTx } from "../../tx/useTx";
import { BallotForm } from "./BallotForm";
import { doableOf } from "./rules";
import { unitsText } from "./units";

/** What the account can do about a proposal now, and why where it can do nothing. */
export function Actions({ proposal }: { proposal: ProposalDetail }) {
  const words = useWords();
  const { t, moment } = words;
  const { network } = usePlace();
  const { address, chainId } = useConnection();
  const queries = useQueryClient();
  const tx = useTx();
  const [last, setLast] = useState<string>();
  const { id, state, ballot, executableFrom, votingFrom } = proposal;
  const doable = doableOf(proposal);
  const disabled = isBusy(tx.state) || address === undefined || chainId !== network.deployment.chainId;

  const act = async (functionName: string, args: readonly unknown[]): Promise<void> => {
    if (address === undefined) return;
    setLast(functionName);
    const governor = network.deployment.contracts.IsonomyGovernor as Address;
    const call = { abi: isonomyGovernorAbi, address: governor, functionName, args };
    if ((await tx.run(call, address)) !== undefined) await queries.invalidateQueries();
  };
  const vote = (side: Side, asCitizen: Side | undefined, reason: string): void => {
    const { support, params } = encodeBallot(side, asCitizen);
    void (params === "0x"
      ? act("castVoteWithReason", [id, support, reason])
      : act("castVoteWithReasonAndParams", [id, support, reason, params]));
  };

  return (
    <section aria-labelledby="act">
      <h2 id="act">{t("governance.act")}</h2>
      {state === "pending" && <p>{t("governance.votingFrom", { time: moment(votingFrom) })}</p>}
      {address === undefined && (state === "active" || doable.queue || doable.execute) && (
        <p>{t("governance.connect")}</p>
      )}
      {state === "active" && address !== undefined && doable.vote === undefined && ballot !== undefined && (
        <p data-voted={ballot.used > 0n || ballot.citizenVoted}>
          {ballot.used > 0n || ballot.citizenVoted
            ? t("governance.voted", { units: unitsText(words, ballot.used) })
            : t("governance.noVote")}
        </p>
      )}
      {doable.vote !== undefined && <BallotForm can={doable.vote} disabled={disabled} onVote={vote} />}
      {doable.queue && (
        <p>
          {t("governance.queueExplained")}{" "}
          <button className="primary" id="queue" disabled={disabled} onClick={() => void act("queue", [id])}>
            {t("governance.queue")}
          </button>
        </p>
      )}
      {state === "queued" && !doable.execute && (
        <p>{t("governance.executableFrom", { time: moment(executableFrom) })}</p>
      )}
      {doable.execute && (
        <p>
          {t("governance.executeExplained")}{" "}
          <button className="primary" id="execute" disabled={disabled} onClick={() => void act("execute", [id])}>
            {t("governance.execute")}
          </button>
        </p>
      )}
      {["canceled", "defeated", "expired", "executed"].includes(state) && <p>{t("governance.over")}</p>}
      <div data-sent={last}>
        <TxStatus state={tx.state} />
      </div>
    </section>
  );
}
