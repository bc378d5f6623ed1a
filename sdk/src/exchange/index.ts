export {
  DEFAULT_SLIPPAGE_BPS,
  ExchangeClient,
  MAX_SLIPPAGE_BPS,
  lowerBound,
  upperBound,
  type PoolKey,
  type Position,
  type TradeOptions,
} from "./client";
export {
  MAX_RESERVE,
  MINIMUM_SHARES,
  amountIn,
  amountOut,
  deposit,
  depositSingle,
  protocolFee,
  withdrawal,
  type PoolAmounts,
  type Reserves,
} from "./curve";
export { positionFigures, type Movement, type PositionFigures } from "./position";
export {
  MAX_HOPS,
  bestExactIn,
  bestExactOut,
  packHop,
  paths,
  priceImpact,
  quoteExactIn,
  quoteExactOut,
  type Leg,
  type Pool,
  type Route,
} from "./route";
