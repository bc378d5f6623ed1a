import { useWords } from "../../i18n";
import { tenthsOf, type Point } from "./lorenz";
import { percentText } from "./units";

const SIZE = 300;

/** The Lorenz curve against the line on which all have the same, with its numbers in a table. */
export function LorenzCurve({ points }: { points: readonly Point[] }) {
  const words = useWords();
  const { t } = words;
  const line = points.map(({ people, units }) => `${people * SIZE},${(1 - units) * SIZE}`).join(" ");
  return (
    <figure className="lorenz">
      <svg viewBox={`-8 -8 ${SIZE + 16} ${SIZE + 16}`} aria-hidden="true">
        <rect className="lorenz-frame" width={SIZE} height={SIZE} />
        <line className="lorenz-equal" x1="0" y1={SIZE} x2={SIZE} y2="0" />
        <polyline className="lorenz-line" points={line} />
      </svg>
      <figcaption>{t("governance.lorenz")}</figcaption>
      <details>
        <summary>{t("governance.asTable")}</summary>
        <table id="lorenz-table">
          <thead>
            <tr>
              <th scope="col">{t("governance.lightest")}</th>
              <th scope="col">{t("governance.have")}</th>
            </tr>
          </thead>
          <tbody>
            {tenthsOf(points).map(({ people, units }) => (
              <tr key={people}>
                <td>{percentText(words, people)}</td>
                <td>{percentText(words, units)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
