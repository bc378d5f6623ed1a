import { useWords } from "../../i18n";
import { shareDone } from "./words";

/** How much of a file is done. */
export function Progress({ label, done, of }: { label: string; done: number; of: number }) {
  const { bytes } = useWords();
  return (
    <p role="status">
      <label>
        {label} <progress max={1} value={shareDone(done, of)} />
      </label>{" "}
      <small>
        {bytes(done)} / {bytes(of)}
      </small>
    </p>
  );
}
