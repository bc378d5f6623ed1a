/**
 * For each theorem a bug that makes it false, to be refuted by the same command that proves the theorem: a proof that
 * cannot fail proves nothing. The text is replaced in memory only.
 */
export interface PlantedBug {
  /** The file of the proof, in `proofs/`. */
  proof: string;
  /** The theorem that must fall. */
  theorem: string;
  /** The source the bug goes into, and what is replaced there. */
  source: string;
  text: string;
  bug: string;
}

const CURVE = "contracts/exchange/CurveMath.sol";

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    proof: "SwapProof.sol",
    theorem: "exactInNeverLowersTheProduct",
    source: CURVE,
    text: "(amountInAfterFee * reserveOut) / (reserveIn * BPS + amountInAfterFee)",
    bug: "(amountInAfterFee * reserveOut) / (reserveIn * BPS + amountInAfterFee) + 1",
  },
  {
    proof: "SwapProof.sol",
    theorem: "exactOutNeverLowersTheProduct",
    source: CURVE,
    text: "(reserveIn * amountOut * BPS) / divisor + 1",
    bug: "(reserveIn * amountOut * BPS) / divisor",
  },
  {
    proof: "SwapProof.sol",
    theorem: "exactInWithProtocolShareNeverLowersTheProduct",
    source: CURVE,
    text: "(amountIn * feeBps * sharePercent) / BPS_PERCENT",
    bug: "(amountIn * feeBps * sharePercent) / BPS",
  },
  {
    proof: "LiquidityProof.sol",
    theorem: "depositNeverLowersTheWorthOfAShare",
    source: CURVE,
    text: "(amount * totalShares) / reserve",
    bug: "(amount * totalShares) / reserve + 1",
  },
  {
    proof: "LiquidityProof.sol",
    theorem: "withdrawalNeverLowersTheWorthOfAShare",
    source: CURVE,
    text: "amount = (shares * reserve) / totalShares",
    bug: "amount = (shares * reserve) / totalShares + 1",
  },
  {
    proof: "LiquidityProof.sol",
    theorem: "depositPaysForTheSharesAskedFor",
    source: CURVE,
    text: "(shares * reserve + totalShares - 1) / totalShares",
    bug: "(shares * reserve) / totalShares",
  },
  {
    proof: "LiquidityProof.sol",
    theorem: "depositWithdrawnAtOnceGainsNothing",
    source: CURVE,
    text: "amount = (shares * reserve) / totalShares",
    bug: "amount = (shares * reserve) / totalShares + 1",
  },
];
