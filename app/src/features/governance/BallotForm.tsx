import type { Side } from "isonomy/governance-math";
import { useState } from "react";

import { useWords } from "../../i18n";
import { unitsText } from "./units";

const SIDES = ["for", "against", "abstain"] as const satisfies readonly Side[];

/** One ballot, which counts in both houses. */
export function BallotForm({
  can,
  disabled,
  onVote,
}: {
  can: { readonly units: bigint; readonly citizen: boolean };
  disabled: boolean;
  onVote: (side: Side, asCitizen: Side | undefined, reason: string) => void;
}) {
  const words = useWords();
  const { t } = words;
  const [side, setSide] = useState<Side>();
  const [asCitizen, setAsCitizen] = useState<Side | "">("");
  const [reason, setReason] = useState("");
  return (
    <form
      className="ballot"
      onSubmit={(event) => {
        event.preventDefault();
        if (side !== undefined)
          onVote(side, asCitizen === "" || asCitizen === side ? undefined : asCitizen, reason.trim());
      }}
    >
      <p>
        {t("governance.ballotWeight", { units: unitsText(words, can.units) })}{" "}
        {t(can.citizen ? "governance.ballotCitizen" : "governance.ballotNoCitizen")}
      </p>
      <fieldset>
        <legend>{t("governance.yourVote")}</legend>
        {SIDES.map((one) => (
          <label key={one} className="check">
            <input type="radio" name="side" value={one} checked={side === one} onChange={() => setSide(one)} />
            {t(`governance.side.${one}`)}
          </label>
        ))}
      </fieldset>
      {can.citizen && (
        <label>
          {t("governance.asCitizen")}{" "}
          <select value={asCitizen} onChange={({ target }) => setAsCitizen(target.value as Side | "")}>
            <option value="">{t("governance.sameVote")}</option>
            {SIDES.map((one) => (
              <option key={one} value={one}>
                {t(`governance.side.${one}`)}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t("governance.reason")}{" "}
        <input type="text" maxLength={500} value={reason} onChange={({ target }) => setReason(target.value)} />
      </label>
      <button className="primary" id="vote" disabled={disabled || side === undefined}>
        {t("governance.vote")}
      </button>
    </form>
  );
}
