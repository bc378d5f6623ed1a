import type { ProposalDetail } from "../../chain/government";

const WIDTH = 1_000;

/** Votes as parts of one bar, with a mark where a quorum lies. The numbers stand beside it, so it is hidden from readers. */
export function Bar({ votes, mark }: { votes: ProposalDetail["units"]; mark: bigint }) {
  const total = votes.for + votes.abstain + votes.against;
  const scale = total > mark ? total : mark;
  const length = (amount: bigint): number => (scale === 0n ? 0 : Number((amount * BigInt(WIDTH)) / scale));
  const parts = [
    { side: "for", from: 0, width: length(votes.for) },
    { side: "abstain", from: length(votes.for), width: length(votes.abstain) },
    { side: "against", from: length(votes.for + votes.abstain), width: length(votes.against) },
  ];
  return (
    <svg className="bar" viewBox={`0 0 ${WIDTH} 24`} preserveAspectRatio="none" aria-hidden="true">
      <rect className="bar-ground" width={WIDTH} height="24" />
      {parts.map(({ side, from, width }) => (
        <rect key={side} className={`bar-${side}`} x={from} width={width} height="24" />
      ))}
      {mark > 0n && <rect className="bar-mark" x={Math.min(length(mark), WIDTH - 6)} width="6" height="24" />}
    </svg>
  );
}
