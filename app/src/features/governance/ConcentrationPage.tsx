import type { Concentration } from "../../chain/government";
import { useWords } from "../../i18n";
import { Failure } from "../../tx/Failure";
import { Address } from "../../ui/Address";
import { Loading } from "../../ui/Loading";
import { csvOf, lorenzOf } from "./lorenz";
import { LorenzCurve } from "./LorenzCurve";
import { useConcentration } from "./queries";
import { percentText, unitsText } from "./units";

const TOP = 10;

/** How the units that can vote are spread over those who can vote with them. */
export default function ConcentrationPage() {
  const { t } = useWords();
  const { data, error } = useConcentration();
  return (
    <>
      <h1>{t("governance.concentration")}</h1>
      <p>{t("governance.concentrationLead")}</p>
      {error ? <Failure error={error} /> : data === undefined ? <Loading /> : <Spread concentration={data} />}
    </>
  );
}

function Spread({ concentration }: { concentration: Concentration }) {
  const words = useWords();
  const { t, number } = words;
  const { delegates, measures, supply, block } = concentration;
  if (measures === undefined) return <p>{t("governance.nobodyVotes")}</p>;
  const units = delegates.map((one) => one.units);
  const total = units.reduce((sum, one) => sum + one, 0n);
  const part = (amount: bigint): string => percentText(words, Number((amount * 100_000n) / total) / 100_000);
  return (
    <>
      <dl>
        <dt>{t("governance.delegates")}</dt>
        <dd data-measure="delegates">{number(delegates.length)}</dd>
        <dt>{t("governance.unitsAll")}</dt>
        <dd>
          {unitsText(words, total)} <small>{t("governance.ofSupply", { supply: unitsText(words, supply) })}</small>
        </dd>
        <dt>{t("governance.gini")}</dt>
        <dd data-measure="gini">{number(Math.round(measures.gini * 1_000) / 1_000)}</dd>
        <dt>{t("governance.nakamoto")}</dt>
        <dd data-measure="nakamoto">{number(measures.nakamoto)}</dd>
        <dt>{t("governance.topTen")}</dt>
        <dd data-measure="topTen">{percentText(words, measures.topTen)}</dd>
        <dt>{t("network.head")}</dt>
        <dd>{number(block)}</dd>
      </dl>
      <LorenzCurve points={lorenzOf(units)} />
      <h2>{t("governance.heaviest")}</h2>
      <div className="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{t("governance.account")}</th>
              <th scope="col">{t("governance.unitsColumn")}</th>
              <th scope="col">{t("governance.share")}</th>
            </tr>
          </thead>
          <tbody>
            {delegates.slice(0, TOP).map(({ account, units: own }) => (
              <tr key={account}>
                <td>
                  <Address value={account} />
                </td>
                <td>{unitsText(words, own)}</td>
                <td>{part(own)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        <button id="csv" onClick={() => save(csvOf(delegates), `isonomy-units-${block}.csv`)}>
          {t("governance.csv")}
        </button>
      </p>
    </>
  );
}

/** Hands a file to the visitor. */
function save(text: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
