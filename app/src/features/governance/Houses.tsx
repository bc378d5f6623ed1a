import type { ProposalDetail } from "../../chain/government";
import { useWords } from "../../i18n";
import { Bar } from "./Bar";
import { askedOf, citizensNeeded, lacksOf } from "./rules";
import { unitsText } from "./units";

const SIDES = ["for", "against", "abstain"] as const;

/** How both houses voted, what it takes, and what would follow if voting ended now. */
export function Houses({ proposal }: { proposal: ProposalDetail }) {
  const words = useWords();
  const { t, number } = words;
  const { units, citizens, quorumUnits, phaseOfVote, citizensThen } = proposal;
  const asked = askedOf(proposal);
  const needed = citizensNeeded(proposal);
  return (
    <section aria-labelledby="houses">
      <h2 id="houses">{t("governance.houses")}</h2>
      <p>{t("governance.ballotExplained")}</p>
      <div className="houses">
        <House name="token" votes={units} text={(amount) => unitsText(words, amount)} mark={quorumUnits}>
          {quorumUnits === 0n
            ? t("governance.quorumLater", { percent: proposal.quorumPercent })
            : t("governance.quorum", {
                have: unitsText(words, units.for + units.abstain),
                need: unitsText(words, quorumUnits),
              })}
        </House>
        <House name="citizens" votes={citizens} text={number} mark={0n}>
          {asked === "none"
            ? t("governance.asked.none", { phase: phaseOfVote })
            : t(`governance.asked.${asked}`, { need: number(needed), all: number(citizensThen) })}
        </House>
      </div>
      <Outcome proposal={proposal} />
    </section>
  );
}

function House({
  name,
  votes,
  text,
  mark,
  children,
}: {
  name: "token" | "citizens";
  votes: ProposalDetail["units"];
  text: (amount: bigint) => string;
  mark: bigint;
  children: React.ReactNode;
}) {
  const { t } = useWords();
  return (
    <div className="card" data-house={name}>
      <h3>{t(`governance.house.${name}`)}</h3>
      <Bar votes={votes} mark={mark} />
      <dl>
        {SIDES.map((side) => (
          <div key={side} className="side">
            <dt className={`side-${side}`}>{t(`governance.side.${side}`)}</dt>
            <dd data-side={side} data-votes={String(votes[side])}>
              {text(votes[side])}
            </dd>
          </div>
        ))}
      </dl>
      <p>{children}</p>
    </div>
  );
}

/** The contract's own word on the votes so far, and which rule it follows from. */
function Outcome({ proposal }: { proposal: ProposalDetail }) {
  const { t } = useWords();
  const { state, quorate, succeeds } = proposal;
  if (state !== "active" && state !== "defeated") return null;
  const passes = quorate && succeeds;
  return (
    <p role="status" className={passes ? "outcome good" : "outcome bad"} data-passes={passes}>
      <strong>
        {t(state === "defeated" ? "governance.defeated" : passes ? "governance.passes" : "governance.fails")}
      </strong>{" "}
      {!passes &&
        lacksOf(proposal)
          .map((lack) => t(`governance.lack.${lack}`))
          .join(" ")}
    </p>
  );
}
