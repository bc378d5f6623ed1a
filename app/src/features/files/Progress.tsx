import { useWords } from "../../i18n";
import { shareDone } from "./words";

interface ProgressProps {
  readonly label: string;
  readonly done: number;
  readonly of: number;
  /** Left out where stopping would save nothing. */
  readonly onStop?: () => void;
}

/** How much of a file is done. */
export function Progress({ label, done, of, onStop }: ProgressProps) {
  const { t, bytes } = useWords();
  return (
    <p>
      <label>
        {label} <progress max={1} value={shareDone(done, of)} />
      </label>{" "}
      <small>
        {bytes(done)} / {bytes(of)}
      </small>{" "}
      {onStop !== undefined && <button onClick={onStop}>{t("files.stop")}</button>}
    </p>
  );
}
