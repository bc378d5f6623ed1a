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
const DEAL = "contracts/ledger/RevenueSplit.sol";
const TERMS = "contracts/market/OfferTerms.sol";
const UNITS = "contracts/governance/VotingUnits.sol";
const WORTH = "contracts/rights/TermWorth.sol";
const SHARE = "contracts/utils/RunningShare.sol";
const TREE = "contracts/registry/proof/Sha256Tree.sol";

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
  {
    proof: "SwapProof.sol",
    theorem: "theProtocolTakesAtMostAFifthOfTheFee",
    source: CURVE,
    text: "(amountIn * feeBps * sharePercent) / BPS_PERCENT",
    bug: "(amountIn * feeBps * sharePercent) / BPS",
  },
  {
    proof: "LiquidityProof.sol",
    theorem: "depositTakesNoMoreThanAllowed",
    source: CURVE,
    text: "(shares * reserve + totalShares - 1) / totalShares",
    bug: "(shares * reserve + totalShares - 1) / totalShares + 1",
  },
  {
    proof: "LiquidityProof.sol",
    theorem: "oneSidedDepositKeepsARest",
    source: CURVE,
    text: "amount * reserve) - linear)",
    bug: "amount * reserve))",
  },
  {
    proof: "DealProof.sol",
    theorem: "partsSumToThePayment",
    source: DEAL,
    text: "toPayee = amount - toTreasury - toReferrer",
    bug: "toPayee = amount - toTreasury",
  },
  {
    proof: "DealProof.sol",
    theorem: "feesStayWithinTheirBounds",
    source: DEAL,
    text: "(uint256(amount) * protocolFeeBps) / BPS",
    bug: "(uint256(amount) * protocolFeeBps) / BPS + 1",
  },
  {
    proof: "DealProof.sol",
    theorem: "aDealPaysOutItsPrice",
    source: DEAL,
    text: "toPayee = amount - toTreasury - toReferrer",
    bug: "toPayee = amount - toReferrer",
  },
  {
    proof: "DealProof.sol",
    theorem: "aRefundLiesBetweenTheOffers",
    source: DEAL,
    text: "(uint256(asked) + offered) / 2",
    bug: "(uint256(asked) + offered + 1) / 2",
  },
  {
    proof: "DealProof.sol",
    theorem: "nobodyGainsFromADispute",
    source: DEAL,
    text: "Math.min(sellerHalf, left / 2)",
    bug: "left / 2",
  },
  {
    proof: "TermsProof.sol",
    theorem: "windowsLieWithinTheirBounds",
    source: TERMS,
    text: "value >= minimum && value <= maximum",
    bug: "value >= minimum || value <= maximum",
  },
  {
    proof: "TermsProof.sol",
    theorem: "whatIsSettledAtOnceHasNoWindowsAndNoCourt",
    source: TERMS,
    text: "offer.complaintWindow == 0",
    bug: "offer.complaintWindow <= 1",
  },
  {
    proof: "TermsProof.sol",
    theorem: "aBondStandsExactlyWhereThereIsACourt",
    source: TERMS,
    text: "(offer.arbitrator == address(0)) == (offer.bond == 0)",
    bug: "offer.arbitrator != address(0) || offer.bond == 0",
  },
  {
    proof: "TermsProof.sol",
    theorem: "aReferrerTakesAtMostHalf",
    source: TERMS,
    text: "offer.referrerBps <= DealBounds.MAX_REFERRER_BPS",
    bug: "offer.referrerBps <= 10_000",
  },
  {
    proof: "UnitsProof.sol",
    theorem: "theUnitsAreThoseOfTheRoot",
    source: UNITS,
    text: "return balance + bonus(balance, cap, offset, base)",
    bug: "return bonus(balance, cap, offset, base)",
  },
  {
    proof: "ChunkProof.sol",
    theorem: "everyByteLiesInOneChunk",
    source: TREE,
    text: "return rest < CHUNK_BYTES ? rest : CHUNK_BYTES",
    bug: "return CHUNK_BYTES",
  },
  {
    proof: "RightsProof.sol",
    theorem: "aRenewalIsWorthItsPrice",
    source: WORTH,
    text: "(price * left) / period",
    bug: "(price / period) * left",
  },
  {
    proof: "RightsProof.sol",
    theorem: "lessTimeIsNeverWorthMore",
    source: WORTH,
    text: "(price * left) / period",
    bug: "left == 0 ? price : (price * left) / period",
  },
  {
    proof: "RightsProof.sol",
    theorem: "refundAndReleasedArePaid",
    source: WORTH,
    text: "(price * left) / period",
    bug: "(price * left) / period + 1",
  },
  {
    proof: "RightsProof.sol",
    theorem: "feesOfReleasesAddUp",
    source: SHARE,
    text: "(high * bps) / BPS - (low * bps) / BPS",
    bug: "((high - low) * bps) / BPS",
  },
  {
    proof: "RightsProof.sol",
    theorem: "aFeeIsAtMostWhatIsReleased",
    source: SHARE,
    text: "(high * bps) / BPS - (low * bps) / BPS",
    bug: "(high * bps) / BPS - (low * bps) / BPS + 1",
  },
  {
    proof: "LineageProof.sol",
    theorem: "twoSettlementsPayAsOne",
    source: SHARE,
    text: "(high * bps) / BPS - (low * bps) / BPS",
    bug: "((high - low) * bps) / BPS",
  },
  {
    proof: "LineageProof.sol",
    theorem: "aTotalIsItsShareRoundedDown",
    source: SHARE,
    text: "(high * bps) / BPS - (low * bps) / BPS",
    bug: "(high * bps + BPS - 1) / BPS - (low * bps) / BPS",
  },
  {
    proof: "LineageProof.sol",
    theorem: "oneMoreParentNeverTakesMoreThanThereIs",
    source: SHARE,
    text: "(high * bps) / BPS - (low * bps) / BPS",
    bug: "(high * bps) / BPS - (low * bps) / BPS + 1",
  },
];
