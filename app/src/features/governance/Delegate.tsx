import { useQueryClient } from "@tanstack/react-query";
import { governanceTokenAbi } from "isonomy/abis";
import { useState } from "react";
import { isAddress, type Address as Hex } from "viem";
import { useConnection } from "wagmi";
import { Link } from "wouter";

import { isZeroAddress, sameAddress } from "../../addresses";
import { usePlace } from "../../chain/context";
import type { VoterStanding } from "../../chain/government";
import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { isBusy } from "../../tx/machine";
import { TxStatus } from "../../tx/TxStatus";
import { useTx } from "../../tx/useTx";
import { Address } from "../../ui/Address";
import { Loading } from "../../ui/Loading";
import { useDao } from "./queries";
import { reasonsOf } from "./standing";
import { unitsText } from "./units";

/** What the account's tokens weigh, when, and why; and who votes with them. */
export default function Delegate() {
  const { t } = useWords();
  const { address } = useConnection();
  const { data, error } = useDao();
  const voter = data?.voter;
  return (
    <>
      <h1>{t("governance.delegate")}</h1>
      <p>{t("governance.delegateLead")}</p>
      {address === undefined ? (
        <p>{t("governance.connectDelegate")}</p>
      ) : data === undefined || voter === undefined ? (
        error ? (
          <Failure error={error} />
        ) : (
          <Loading />
        )
      ) : (
        <>
          {error && <Failure error={error} />}
          <Weights voter={voter} phase={data.phase} />
          <Change voter={voter} />
        </>
      )}
    </>
  );
}

function Weights({ voter, phase }: { voter: VoterStanding; phase: number }) {
  const words = useWords();
  const { t, moment } = words;
  const { tokens, unitsNow, votesNow, delegate, account, credential, last } = voter;
  const units = (amount: bigint): string => unitsText(words, amount);
  return (
    <section aria-labelledby="weights">
      <h2 id="weights">{t("governance.weights")}</h2>
      <div className="scroll">
        <table>
          <tbody>
            <Row name="tokens" label={t("governance.tokens")} value={tokens} text={units(tokens)} />
            <Row name="units" label={t("governance.unitsOwn")} value={unitsNow} text={units(unitsNow)} />
            <Row name="votes" label={t("governance.votesNow")} value={votesNow} text={units(votesNow)} />
            {last !== undefined && (
              <>
                <Row
                  name="snapshot"
                  label={t("governance.votesThen", { time: moment(last.at) })}
                  value={last.votes}
                  text={units(last.votes)}
                />
                <Row
                  name="before"
                  label={t("governance.votesBefore", { time: moment(last.heldSince) })}
                  value={last.votesBefore}
                  text={units(last.votesBefore)}
                />
                <Row name="weight" label={t("governance.weight")} value={last.weight} text={units(last.weight)} />
              </>
            )}
          </tbody>
        </table>
      </div>
      {last !== undefined && (
        <p>
          <Link href={`/dao/proposal/${last.proposalId}`}>{t("governance.lastProposal")}</Link>
        </p>
      )}
      <p>
        {t("governance.delegateIs")}{" "}
        {isZeroAddress(delegate) ? (
          t("governance.delegateNobody")
        ) : sameAddress(delegate, account) ? (
          t("governance.delegateSelf")
        ) : (
          <Address value={delegate} />
        )}
      </p>
      <p data-credential={credential.state}>{t(`governance.credential.${credential.state}`)}</p>
      <ul className="reasons">
        {reasonsOf(voter, phase).map((reason) => (
          <li key={reason} data-reason={reason}>
            {t(`governance.reason.${reason}`)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Row({ name, label, value, text }: { name: string; label: string; value: bigint; text: string }) {
  return (
    <tr>
      <th scope="row">{label}</th>
      <td data-weight={name} data-value={String(value)}>
        {text}
      </td>
    </tr>
  );
}

function Change({ voter }: { voter: VoterStanding }) {
  const { t } = useWords();
  const { network } = usePlace();
  const { chainId } = useConnection();
  const queries = useQueryClient();
  const tx = useTx();
  const [to, setTo] = useState("");
  const account = voter.account as Hex;
  const target = to.trim() === "" ? account : to.trim();
  const fits = isAddress(target);
  const disabled = isBusy(tx.state) || chainId !== network.deployment.chainId;

  const act = async (functionName: "delegate" | "reweigh", about: string): Promise<void> => {
    const address = network.deployment.contracts.GovernanceToken as Hex;
    const call = { abi: governanceTokenAbi, address, functionName, args: [about] };
    if ((await tx.run(call, account)) !== undefined) await queries.invalidateQueries();
  };
  return (
    <section aria-labelledby="change">
      <h2 id="change">{t("governance.change")}</h2>
      <form
        className="ballot"
        onSubmit={(event) => {
          event.preventDefault();
          if (fits) void act("delegate", target);
        }}
      >
        <label>
          {t("governance.delegateTo")}
          <input
            className="wide"
            id="delegate-to"
            value={to}
            placeholder={account}
            spellCheck={false}
            autoComplete="off"
            aria-describedby="delegate-hint"
            aria-invalid={!fits}
            onChange={({ target: field }) => setTo(field.value)}
          />
        </label>
        <small id="delegate-hint">{t(fits ? "governance.delegateHint" : "governance.notAnAddress")}</small>
        {fits && !sameAddress(target, account) && <p role="note">{t("governance.delegateOther")}</p>}
        <button className="primary" id="delegate" disabled={disabled || !fits}>
          {t("governance.delegateButton")}
        </button>
      </form>
      {voter.reweighDue && (
        <p>
          {t("governance.reason.reweigh")}{" "}
          <button id="reweigh" disabled={disabled} onClick={() => void act("reweigh", account)}>
            {t("governance.reweigh")}
          </button>
        </p>
      )}
      <TxStatus state={tx.state} />
    </section>
  );
}
