import { useState } from "react";

/** For a title bar alone: an address that is compared is shown whole. */
export const shortAddress = (address: string): string => `${address.slice(0, 6)}…${address.slice(-4)}`;

/** An address, whole, in its checksummed spelling. */
export function Address({ value }: { value: string }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => void navigator.clipboard.writeText(value).then(() => setCopied(true));
  return (
    <button className="address mono" onClick={copy} data-copied={copied}>
      {value}
    </button>
  );
}
