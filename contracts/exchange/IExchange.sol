// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {IERC3156FlashLender} from "@openzeppelin/contracts/interfaces/IERC3156FlashLender.sol";
import {IERC6909TokenSupply} from "@openzeppelin/contracts/interfaces/IERC6909.sol";

import {ITreasuryPointer} from "../utils/ITreasuryPointer.sol";
import {Permit} from "../utils/Permit.sol";

/// @notice One step of a path: the token it ends in (low 160 bits) and the fee tier of the pool it crosses, in basis
/// points (the bits above).
type Hop is uint256;

/// @notice Names a pool: two different tokens in ascending order and a fee tier. `address(0)` is the native coin.
/// @param token0 The token with the lower address.
/// @param token1 The token with the higher address.
/// @param feeBps The fee tier, in basis points.
struct PoolKey {
    address token0;
    address token1;
    uint256 feeBps;
}

/// @title IExchange
/// @notice Every constant-product pool in one contract. A depositor holds ERC-6909 shares of the pool under the pool's
/// id.
///
/// Glossary: a *pool* is an ordered pair of tokens and a fee tier; the *protocol share* is the percentage of a swap's
/// fee that belongs to the treasury and lies outside the reserves; a *claim* is a payout that a token refused.
///
/// Amounts are in each token's own smallest unit. All rounding favours the pool.
///
/// Trusted: nobody with funds. The authority may add fee tiers, set the protocol share (at most 20 % of the fee), the
/// flash fee (at most 0.05 %) and the treasury, and pause new deposits for 7 days in any 60. It cannot pause a swap, a
/// withdrawal or a claim, and cannot move what anybody deposited. A pool is as good as its two tokens: a token that
/// lies about balances hurts the pools it is part of and no other.
interface IExchange is IERC3156FlashLender, IERC6909TokenSupply, ITreasuryPointer {
    error Exchange_Expired(uint256 deadline, uint256 timestamp);
    error Exchange_BadRecipient(address recipient);
    error Exchange_BadPair(address token0, address token1);
    error Exchange_NoCode(address token);
    error Exchange_TierNotListed(uint256 feeBps);
    error Exchange_TierOutOfRange(uint256 feeBps, uint256 maximumBps);
    error Exchange_PoolExists(uint256 poolId);
    error Exchange_PoolEmpty(uint256 poolId);
    error Exchange_PathEmpty();
    error Exchange_PoolRepeated(uint256 poolId);
    error Exchange_ZeroAmount();
    error Exchange_ReserveOverflow(uint256 poolId, uint256 amount);
    error Exchange_OutputAboveReserve(uint256 poolId, uint256 amountOut, uint256 reserve);
    error Exchange_OutputBelowBound(uint256 amountOut, uint256 minimum);
    error Exchange_InputAboveBound(uint256 amountIn, uint256 maximum);
    error Exchange_SharesBelowBound(uint256 shares, uint256 minimum);
    error Exchange_AmountBelowBound(address token, uint256 amount, uint256 minimum);
    error Exchange_TokenTookFee(address token, uint256 received, uint256 expected);
    error Exchange_WrongValue(uint256 value, uint256 expected);
    error Exchange_NativeNotAccepted();
    error Exchange_NativeTransferFailed(address recipient, uint256 amount);
    error Exchange_TokenNotInPool(address token);
    error Exchange_NothingToPay(address token);
    error Exchange_CallbackRefused(address receiver);
    error Exchange_LoanAboveBalance(address token, uint256 amount, uint256 available);
    error Exchange_LoanNotRepaid(address token, uint256 balance, uint256 expected);
    error Exchange_WindowOutOfRange(uint256 window, uint256 minimum, uint256 maximum);
    error Exchange_HistoryTooShort(uint256 poolId, uint256 window, uint256 available);
    error Exchange_SettingAboveMaximum(uint256 value, uint256 maximum);
    error Exchange_DepositsPaused(uint256 until);

    /// @notice A pool is there from now on, empty until its first deposit.
    event PoolCreated(address indexed token0, address indexed token1, uint256 indexed feeBps, uint256 poolId);

    /// @notice A hop. Amounts are signed as the pool sees them: positive came in, negative went out. The protocol's
    /// part of the fee is included in what came in.
    event Swapped(uint256 indexed poolId, address indexed payer, int256 amount0, int256 amount1);

    /// @notice A deposit: what the pool was credited with, and the shares that `recipient` holds for it.
    event LiquidityAdded(
        uint256 indexed poolId,
        address indexed recipient,
        uint256 amount0,
        uint256 amount1,
        uint256 shares
    );

    /// @notice A withdrawal: what `recipient` was sent or has a claim to, and the shares that `owner` gave up for it.
    event LiquidityRemoved(
        uint256 indexed poolId,
        address indexed owner,
        address indexed recipient,
        uint256 amount0,
        uint256 amount1,
        uint256 shares
    );

    /// @notice A flash loan with a fee, which belongs to the protocol.
    event FlashFeePaid(address indexed receiver, address indexed token, uint256 amount, uint256 fee);
    /// @notice A token or its recipient refused a payout: `owner` may {claim} it.
    event ClaimRecorded(address indexed owner, address indexed token, uint256 amount);
    /// @notice A claim was paid.
    event ClaimPaid(address indexed owner, address indexed token, address indexed recipient, uint256 amount);
    /// @notice The protocol's part in a token went to the treasury.
    event ProtocolCollected(address indexed token, address indexed treasury, uint256 amount);
    /// @notice Pools with this fee may be created.
    event TierListed(uint256 feeBps);
    /// @notice The protocol share that new pools take, in percent of the fee.
    event ProtocolShareSet(uint256 percent);
    /// @notice A pool took the protocol share in force.
    event ProtocolShareApplied(uint256 indexed poolId, uint256 percent);
    /// @notice The fee of flash loans from now on, in millionths.
    event FlashFeeSet(uint256 feePips);
    /// @notice Deposits are paused until `until`.
    event DepositsPaused(uint256 until);
    /// @notice A pause of deposits was ended early. When the next may start does not change.
    event DepositsResumed();

    /// @notice Sells `amountIn` of `tokenIn` along `hops` and sends what comes out to `recipient`. Anyone may call; the
    /// caller pays, by allowance or, for the native coin, by value.
    /// - Reverts with {Exchange_Expired} after `deadline`.
    /// - Reverts with {Exchange_BadRecipient} when `recipient` is zero or the Exchange.
    /// - Reverts with {Exchange_PathEmpty} without a hop, {Exchange_PoolRepeated} when two hops cross the same pool and
    ///   {Exchange_PoolEmpty} when a pool does not exist or holds nothing.
    /// - Reverts with {Exchange_WrongValue} unless the value is `amountIn` for the native coin and 0 for a token.
    /// - Reverts with {Exchange_ZeroAmount} when nothing arrives or a hop would pay nothing.
    /// - Reverts with {Exchange_ReserveOverflow} when a reserve would reach 2^112.
    /// - Reverts with {Exchange_OutputBelowBound} when less than `minAmountOut` would be sent.
    /// - Reverts with {Exchange_NativeTransferFailed} when `recipient` refuses the native coin.
    ///
    /// A token that takes a fee on transfer is credited as received. `minAmountOut` counts what leaves the Exchange: a
    /// fee that the last token takes on its way out is the token's affair. The price may be moved by transactions
    /// before this one; the bound is the only protection against that, and 0 is none. Emits {Swapped} for each hop.
    /// @param tokenIn What the caller sells; `address(0)` for the native coin.
    /// @param hops The pools crossed, in order; the last hop's token is what `recipient` gets.
    /// @param amountIn What the caller pays, in units of `tokenIn`.
    /// @param minAmountOut The least that may be sent, in units of the last token.
    /// @param recipient Who gets the last token.
    /// @param deadline The last second, in Unix time, at which the call may run.
    /// @return amountOut What was sent, rounded down.
    function swapExactIn(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amountOut);

    /// @notice As {swapExactIn}, with the caller's allowance signed in the same call. A permit that fails, for instance
    /// because somebody submitted it first, is ignored: the allowance decides.
    function swapExactInWithPermit(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountIn,
        uint256 minAmountOut,
        address recipient,
        uint256 deadline,
        Permit calldata permit
    ) external returns (uint256 amountOut);

    /// @notice Buys exactly `amountOut` of the last token for `recipient` and takes at most `maxAmountIn` of `tokenIn`
    /// from the caller. Value sent beyond what is spent goes back to the caller.
    /// - Reverts as {swapExactIn} for deadline, recipient, path, and a reserve that would overflow.
    /// - Reverts with {Exchange_ZeroAmount} when `amountOut` is 0.
    /// - Reverts with {Exchange_OutputAboveReserve} when a pool holds no more than is asked of it.
    /// - Reverts with {Exchange_InputAboveBound} when it would cost more than `maxAmountIn`.
    /// - Reverts with {Exchange_WrongValue} unless the value is `maxAmountIn` for the native coin and 0 for a token.
    /// - Reverts with {Exchange_TokenTookFee} when less than the price arrives.
    /// @param tokenIn What the caller pays in; `address(0)` for the native coin.
    /// @param hops The pools crossed, in order; the last hop's token is what `recipient` gets.
    /// @param amountOut What `recipient` gets, in units of the last token.
    /// @param maxAmountIn The most that may be spent, in units of `tokenIn`.
    /// @param recipient Who gets the last token.
    /// @param deadline The last second, in Unix time, at which the call may run.
    /// @return amountIn What was spent: the next whole unit above the exact price of each hop.
    function swapExactOut(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amountIn);

    /// @notice As {swapExactOut}, with the caller's allowance signed in the same call; see {swapExactInWithPermit}.
    function swapExactOutWithPermit(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        address recipient,
        uint256 deadline,
        Permit calldata permit
    ) external returns (uint256 amountIn);

    /// @notice Sends `amountOut` of the last token to `receiver`, calls its `onFlashLoan(caller, last token, amountOut,
    /// 0, abi.encode(tokenIn, amountIn, data))` and then pulls `amountIn` of `tokenIn` from it by allowance. Anyone may
    /// call, on a receiver that agrees.
    /// - Reverts as {swapExactOut} for path, amounts, bound and a short payment.
    /// - Reverts with {Exchange_NativeNotAccepted} when `tokenIn` is the native coin, which cannot be pulled.
    /// - Reverts with {Exchange_CallbackRefused} when the callback does not return the hash of ERC-3156.
    ///
    /// `receiver` must trust the caller that the callback names; the Exchange calls no other function on it.
    /// @return amountIn What `receiver` paid, rounded up as in {swapExactOut}.
    function flashSwap(
        IERC3156FlashBorrower receiver,
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut,
        uint256 maxAmountIn,
        bytes calldata data
    ) external returns (uint256 amountIn);

    /// @notice Creates an empty pool. Anyone may; the first deposit does it too.
    /// - Reverts with {Exchange_BadPair} unless `token0 < token1`.
    /// - Reverts with {Exchange_TierNotListed} when the tier is not on the list.
    /// - Reverts with {Exchange_PoolExists} when there is one. Emits {PoolCreated}. A pool cannot be removed.
    function createPool(PoolKey calldata key) external returns (uint256 poolId);

    /// @notice Deposits both tokens in the pool's ratio, at most the given amounts, and mints shares to `recipient`.
    /// The first deposit takes both amounts whole, sets the price and locks 1,000 shares for ever. Native coin not used
    /// goes back to the caller.
    /// - Reverts with {Exchange_Expired}, {Exchange_BadRecipient}, and as {createPool} when the pool does not exist.
    /// - Reverts with {Exchange_DepositsPaused} during a pause.
    /// - Reverts with {Exchange_NoCode} on a first deposit when a token other than the native coin has no code.
    /// - Reverts with {Exchange_WrongValue} unless the value is `amount0Max` for a native pool and 0 for another.
    /// - Reverts with {Exchange_ReserveOverflow} when a reserve would reach 2^112.
    /// - Reverts with {Exchange_SharesBelowBound} when fewer than `minShares`, or none, would be minted.
    ///
    /// Amounts round up, shares down. A token that takes a fee is credited as received; what is out of ratio then stays
    /// with the pool. `minShares` bounds the price too: with the maxima it fixes the worst rate. Emits
    /// {LiquidityAdded}.
    function addLiquidity(
        PoolKey calldata key,
        uint256 amount0Max,
        uint256 amount1Max,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 amount0, uint256 amount1, uint256 shares);

    /// @notice As {addLiquidity}, with both of the caller's allowances signed in the same call; see
    /// {swapExactInWithPermit}. A permit with a deadline of 0 is not used.
    function addLiquidityWithPermit(
        PoolKey calldata key,
        uint256 amount0Max,
        uint256 amount1Max,
        uint256 minShares,
        address recipient,
        uint256 deadline,
        Permit calldata permit0,
        Permit calldata permit1
    ) external payable returns (uint256 amount0, uint256 amount1, uint256 shares);

    /// @notice Deposits one token of the caller: swaps the part that makes the rest fit the pool's ratio, at the pool's
    /// fee, and deposits both. Whatever is out of ratio by rounding stays with the pool.
    /// - Reverts as {swapExactIn} and {addLiquidity}, and with {Exchange_TokenNotInPool} for a third token.
    ///
    /// Emits {Swapped} and {LiquidityAdded}. Front-runnable as a swap is; `minShares` is the bound.
    function addLiquiditySingle(
        PoolKey calldata key,
        address tokenIn,
        uint256 amountIn,
        uint256 minShares,
        address recipient,
        uint256 deadline
    ) external payable returns (uint256 shares);

    /// @notice As {addLiquiditySingle}, with the caller's allowance signed in the same call; see
    /// {swapExactInWithPermit}.
    function addLiquiditySingleWithPermit(
        PoolKey calldata key,
        address tokenIn,
        uint256 amountIn,
        uint256 minShares,
        address recipient,
        uint256 deadline,
        Permit calldata permit
    ) external returns (uint256 shares);

    /// @notice Burns `shares` of the caller and sends both tokens to `recipient`. Cannot be paused. When a token or the
    /// recipient refuses its payout, the other still leaves and a claim of the caller remains; see {claim}.
    /// - Reverts with {Exchange_Expired}, {Exchange_BadRecipient}, {Exchange_PoolEmpty}, and {Exchange_ZeroAmount} for
    /// no shares.
    /// - Reverts with {Exchange_AmountBelowBound} when a token's amount is below its bound.
    /// - Reverts with `ERC6909InsufficientBalance` when the caller has fewer shares.
    ///
    /// Amounts round down. Emits {LiquidityRemoved} and, for a refused payout, {ClaimRecorded}.
    function removeLiquidity(
        PoolKey calldata key,
        uint256 shares,
        uint256 minAmount0,
        uint256 minAmount1,
        address recipient,
        uint256 deadline
    ) external returns (uint256 amount0, uint256 amount1);

    /// @notice Sends the caller's whole claim on `token` to `recipient`. Cannot be paused. Emits {ClaimPaid}.
    /// - Reverts with {Exchange_BadRecipient}, and with {Exchange_NothingToPay} when there is no claim.
    function claim(address token, address recipient) external returns (uint256 amount);

    /// @notice Sends what the protocol has earned in `token` to the treasury. Anyone may call. Emits
    /// {ProtocolCollected}. Reverts with {Exchange_NothingToPay} when that is nothing.
    function collectProtocol(address token) external returns (uint256 amount);

    /// @notice Gives an existing pool the protocol share in force, which new pools take at their first deposit. Anyone
    /// may call. Reverts with {Exchange_PoolEmpty} before that deposit. Emits {ProtocolShareApplied}.
    function applyProtocolShare(PoolKey calldata key) external;

    /// @notice Adds a fee tier to the list. Only through the Authority; a tier stays listed for ever. Emits
    /// {TierListed}.
    /// - Reverts with {Exchange_TierOutOfRange} unless it is 1 to 100 basis points.
    function listTier(uint256 feeBps) external;

    /// @notice Sets the protocol share, in percent of the fee. Only through the Authority. A pool follows when somebody
    /// calls {applyProtocolShare}. Reverts with {Exchange_SettingAboveMaximum} above 20. Emits {ProtocolShareSet}.
    function setProtocolShare(uint256 percent) external;

    /// @notice Sets the fee of flash loans, in millionths. Only through the Authority. Reverts with
    /// {Exchange_SettingAboveMaximum} above 500 (0.05 %). Emits {FlashFeeSet}.
    function setFlashFee(uint256 feePips) external;

    /// @notice Stops new deposits for 7 days; swaps, withdrawals and claims go on. Only through the Authority, which
    /// gives it to the guardian. Reverts with {BoundedPause_TooSoon} within 60 days of the last under the same mandate:
    /// another, which takes a vote, has its own (see {Mandates}). Emits {DepositsPaused}.
    function pauseDeposits() external;

    /// @notice Ends a pause of deposits early. Only through the Authority. Emits {DepositsResumed}.
    function resumeDeposits() external;

    /// @notice The geometric mean of the price of token0 in units of token1 over the last `window` seconds, weighted by
    /// time, with 128 fractional bits, rounded down; from 2^-100 up correct to one part in a hundred million. During a
    /// callback it answers from the state before it. Swaps, deposits and withdrawals of the same second do not change
    /// the answer. A price that was `F` times the other for `s` seconds weighs at most `F^(s / window)`, and nothing
    /// when it ended 10 minutes or more before the window.
    /// - Reverts with {Exchange_WindowOutOfRange} unless `window` is 10 minutes to 1 day.
    /// - Reverts with {Exchange_HistoryTooShort} when the pool's history does not reach back that far.
    ///
    /// What moving it costs is in `docs/exchange.md`: choose the pool and the window by that.
    function consult(PoolKey calldata key, uint256 window) external view returns (uint256 priceX128);

    /// @notice Pays for up to `places` places of the oracle's ring in advance, each worth 17,100 gas to the swap that
    /// would have been the first to use it; one after a whole period without a touch can use two. Anyone may call.
    /// Reverts with {Exchange_PoolEmpty} before the first deposit.
    function prepareOracle(PoolKey calldata key, uint256 places) external;

    /// @notice What {swapExactIn} would send, to the wei, for tokens without a fee. Reverts as the swap would for path
    /// and amounts, and during a callback.
    function quoteExactIn(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountIn
    ) external view returns (uint256 amountOut);

    /// @notice What {swapExactOut} would take, to the wei. Reverts as the swap would for path and amounts, and during a
    /// callback.
    function quoteExactOut(
        address tokenIn,
        Hop[] calldata hops,
        uint256 amountOut
    ) external view returns (uint256 amountIn);

    /// @notice The current state of a pool, for a reader off chain: within a transaction its reserves can be anything,
    /// so no contract should price by them. Reverts during a callback. All zero for a pool that does not exist.
    function poolState(
        PoolKey calldata key
    )
        external
        view
        returns (
            uint256 reserve0,
            uint256 reserve1,
            uint256 totalShares,
            uint256 protocolShare,
            uint256 updatedAt,
            uint256 observationCount
        );

    /// @notice The id of a pool, existing or not, under which its shares are held.
    function poolIdOf(PoolKey calldata key) external pure returns (uint256 poolId);

    /// @notice What `owner` may {claim} of `token`.
    function claimOf(address owner, address token) external view returns (uint256 amount);

    /// @notice What {collectProtocol} would send.
    function protocolOwed(address token) external view returns (uint256 amount);

    /// @notice Whether pools with this fee may be created.
    function isTierListed(uint256 feeBps) external view returns (bool);

    /// @notice The settings in force: the protocol share in percent, the flash fee in millionths, the end of the last
    /// pause of deposits and the time from which there may be another under the same mandate, in Unix time.
    function settings()
        external
        view
        returns (uint256 protocolShare, uint256 flashFeePips, uint256 pausedUntil, uint256 nextPauseAt);

    /// @notice Who gets the protocol share, what is not collected yet included.
    function treasury() external view returns (address);
}
