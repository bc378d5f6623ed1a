// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISeats} from "./ISeats.sol";

/// @notice A channel as it was opened. Its hash is all that is stored: the caller passes it, from {ChannelOpened}.
/// @param licenseId The licence that was sold.
/// @param payToken Token of the price; zero is the native coin.
/// @param rates From the lowest bit: price of a unit (128 bits, in the token's smallest unit), units bought at the
/// opening (48 bits), the provider's share of what fee and referrer leave (16 bits, basis points), the protocol's fee
/// (16 bits, basis points), the referrer's share (16 bits, basis points), grace (32 bits, seconds).
/// @param payer Who paid the opening, and is credited with what is not used.
/// @param payee Who was paid for licences of the version then, and is for all units of this channel.
/// @param provider The node that serves; zero when the payee does.
/// @param treasury Who received the protocol's fee then.
/// @param referrer Who sent the buyer; zero when nobody did.
/// @param key Key of slot 0: signs vouchers for any number of units.
struct Channel {
    uint256 licenseId;
    address payToken;
    uint256 rates;
    address payer;
    address payee;
    address provider;
    address treasury;
    address referrer;
    address key;
}

/// @notice The signed word of a key of how many units it has used in all. A later voucher replaces the earlier ones.
/// @param slot Slot of the key: 0 is that of the opening.
/// @param units What the key has used since the channel was opened.
/// @param validUntil Last second in which it can be redeemed (Unix time).
/// @param r First half of the signature.
/// @param vs Second half with the parity in its highest bit (ERC-2098).
struct Voucher {
    uint16 slot;
    uint48 units;
    uint40 validUntil;
    bytes32 r;
    bytes32 vs;
}

/// @notice A voucher of a batch, and its channel.
struct Claim {
    Channel channel;
    Voucher voucher;
}

/// @notice What has become of a channel since it was opened.
/// @param added Units that were bought since, in all.
/// @param redeemed Units that were redeemed, of all keys.
/// @param first Units that were redeemed of the key of slot 0.
/// @param settled Units for which fee and referrer were credited.
/// @param closesAt Last second in which vouchers are redeemed (Unix time); 0 while the channel is open.
/// @param exhausted Whether all that was bought is redeemed.
struct ChannelState {
    uint48 added;
    uint48 redeemed;
    uint48 first;
    uint48 settled;
    uint40 closesAt;
    bool exhausted;
}

/// @notice Why a voucher cannot be redeemed.
enum Refusal {
    None,
    /// No channel was opened like this, or it is finished.
    NotItsChannel,
    /// The voucher's own time is over.
    Expired,
    /// The channel was closed, and its grace is over.
    AfterGrace,
    /// A voucher of the key for as many units was redeemed already.
    NotAboveLast,
    /// All that was bought is redeemed.
    AboveBought,
    /// The slot has no key, its key was revoked and the grace is over, or the voucher is above its cap.
    KeyRefused,
    /// It is not signed by the key of the slot.
    BadSignature
}

/// @title IUsageChannel
/// @notice Licences by the unit, prepaid: a request, a second of computing, a thousand tokens. The buyer pays a number
/// of units, the keys of the holder sign vouchers for what they use, the node that serves redeems them, and what is not
/// used returns. Seats as in {ISeats}, without a minimum stay.
/// @dev Glossary: *channel* - a licence by the unit and the money behind it; *voucher* - signed word of how much a key
/// has used in all; *grace* - the time that vouchers can still be redeemed after the channel is closed or their key is
/// revoked.
///
/// `rightsTerms`, from the lowest bit: `units` of one purchase (32 bits, at least 1; the price is a multiple of it),
/// `grace` (32 bits, seconds, `MIN_GRACE` to `MAX_GRACE`), `providerBps` (16 bits, basis points, at most 10,000),
/// `provider` (160 bits, not zero when it has a share), `seats` (16 bits). The licence is of no file and soulbound: a
/// right that somebody can turn back into money has no other holder.
///
/// | state               | call     | becomes                                                                    |
/// |---------------------|----------|----------------------------------------------------------------------------|
/// | none                | purchase | open: the whole price is kept here                                         |
/// | open                | renewal  | open, with more units; anyone may pay, and it becomes the payer's money    |
/// | open                | `redeem` | open; nothing can be used when nothing is left, until a renewal            |
/// | open                | `close`  | closing: vouchers are redeemed for the grace, nothing can be used          |
/// | closing, after that | `finish` | finished: what is left is the payer's; the id is never used again          |
///
/// Money. Of `n` units, worth `g = n * unitPrice`, the treasury gets `floor(g * fee / 1e4)` and the referrer
/// `floor(g * share / 1e4)`. A voucher credits at once the difference of two running totals of
/// `net(n) = g - floor(g * (fee + share) / 1e4)`: `floor(net(n) * providerBps / 1e4)` to the provider and the rest to
/// the payee. Both totals never fall, so no order and no number of vouchers changes a sum. Fee and referrer wait here
/// for `settleShares` or `finish`. `net` rounds both shares together, because one unit less of each at the same voucher
/// would make it fall: it can be one unit of the token below what the two shares leave, and that unit is the payee's at
/// `finish`.
///
/// Prices, payee, provider, treasury and shares are those of the opening: also for units bought later, after the title
/// was sold or the fee changed. A referrer that a renewal names gets nothing.
///
/// Who serves trusts nobody for money: it takes no voucher whose time ends before it can redeem, and sees {Closing} and
/// {KeyRevoked} one grace ahead. Who buys trusts the node to serve: a voucher is signed for what was used.
interface IUsageChannel is ISeats {
    /// @notice A channel was opened. The event has all that later calls must pass.
    event ChannelOpened(uint256 indexed licenseId, address indexed payee, address indexed provider, Channel channel);
    /// @notice Units were bought for a channel: `added` in all since it was opened.
    event ToppedUp(uint256 indexed licenseId, uint48 added);
    /// @notice A voucher was redeemed: `units` of this slot in all, less than the voucher says when less was left.
    event Redeemed(uint256 indexed licenseId, uint16 slot, uint48 units);
    /// @notice A voucher of a batch was not redeemed. Says nothing of the licence: anyone can send a batch with what is
    /// no voucher.
    event Skipped(uint256 indexed licenseId, uint16 slot, uint48 units, Refusal reason);
    /// @notice Fee and referrer were credited, for all units up to `units`.
    event SharesSettled(uint256 indexed licenseId, uint48 units);
    /// @notice A slot has a key, which may sign for at most `cap` units.
    event KeySet(uint256 indexed licenseId, uint16 indexed slot, address signer, uint32 cap);
    /// @notice A key was revoked: its vouchers are redeemed until `until` (Unix time, inclusive).
    event KeyRevoked(uint256 indexed licenseId, uint16 indexed slot, uint40 until);
    /// @notice A channel was closed: vouchers are redeemed until `closesAt` (Unix time, inclusive).
    event Closing(uint256 indexed licenseId, uint40 closesAt);
    /// @notice A channel is finished: its payer was credited with `returned`.
    event Finished(uint256 indexed licenseId, uint256 returned);

    /// @notice No channel was opened like this, or it is finished.
    error UsageChannel_Unknown(uint256 licenseId);
    /// @notice The voucher cannot be redeemed; `reason` says why not.
    error UsageChannel_BadVoucher(uint256 licenseId, Refusal reason);
    /// @notice The channel is closed already: vouchers are redeemed until `closesAt`.
    error UsageChannel_Closing(uint256 licenseId, uint40 closesAt);
    /// @notice The channel can be finished after `closesAt`; 0 when it was not closed.
    error UsageChannel_TooEarly(uint256 licenseId, uint40 closesAt);
    /// @notice A purchase, or all renewals together, can have at most `MAX_UNITS` units.
    error UsageChannel_TooManyUnits(uint256 licenseId, uint256 units);
    /// @notice A batch has at least one claim and at most `MAX_CLAIMS`.
    error UsageChannel_BadBatch(uint256 claims);
    /// @notice Slot 0 has the key of the opening, and a slot that had a key never gets another.
    error UsageChannel_SlotTaken(uint256 licenseId, uint16 slot);
    /// @notice The slot has no key, or its key was revoked already. The key of slot 0 cannot be revoked: close the
    /// channel.
    error UsageChannel_NoKey(uint256 licenseId, uint16 slot);
    /// @notice A key has an address.
    error UsageChannel_ZeroKey();

    /// @notice Shortest grace of an offer, in seconds.
    function MIN_GRACE() external view returns (uint256);

    /// @notice Longest grace of an offer, in seconds.
    function MAX_GRACE() external view returns (uint256);

    /// @notice Most units of the purchase of a channel, and of all its renewals together.
    function MAX_UNITS() external view returns (uint256);

    /// @notice Most claims of a batch; bounds the loop.
    function MAX_CLAIMS() external view returns (uint256);

    /// @notice Credits payee and provider with what a voucher adds to those before. Anyone may call.
    /// @dev Reverts with {UsageChannel_BadVoucher}. Emits {Redeemed}.
    function redeem(Channel calldata channel, Voucher calldata voucher) external;

    /// @notice Redeems vouchers, of any channels. Anyone may call. One that cannot be redeemed is skipped.
    /// @dev Neighbours of one token, payee or provider share a credit: sort them. Reverts with {UsageChannel_BadBatch}.
    /// Emits {Redeemed} or {Skipped} for each claim.
    function redeemBatch(Claim[] calldata claims) external;

    /// @notice Credits treasury and referrer with their shares of what was redeemed. Anyone may call.
    /// @dev Reverts with {UsageChannel_Unknown}. Emits {SharesSettled}.
    function settleShares(Channel calldata channel) external;

    /// @notice Gives a free slot a key, which may sign for at most `cap` units. Only the holder of the licence may
    /// call.
    /// @dev Reverts with {Rights_NotOwner}, {UsageChannel_Unknown}, {UsageChannel_ZeroKey}, {UsageChannel_SlotTaken};
    /// with ERC-6093 `ERC721NonexistentToken` for an unknown licence. Emits {KeySet}.
    function setKey(uint256 licenseId, uint16 slot, address signer, uint32 cap) external;

    /// @notice Revokes the key of a slot: its vouchers are redeemed for the grace, rounded up to a whole minute. Only
    /// the holder of the licence may call.
    /// @dev Reverts with {UsageChannel_Unknown}, {Rights_NotOwner}, {UsageChannel_NoKey}. Emits {KeyRevoked}.
    function revokeKey(Channel calldata channel, uint16 slot) external;

    /// @notice Closes a channel: vouchers are redeemed for the grace, then it can be finished. Only the holder of the
    /// licence or the payer may call.
    /// @dev Reverts with {UsageChannel_Unknown}, {Rights_NotOwner}, {UsageChannel_Closing}. Emits {Closing}.
    function close(Channel calldata channel) external;

    /// @notice Credits the payer with what was not redeemed, and treasury and referrer with their shares. Anyone may
    /// call after the grace.
    /// @dev Reverts with {UsageChannel_Unknown}, {UsageChannel_TooEarly}. Emits {Finished}.
    /// @return returned What the payer was credited with, in the token's smallest unit.
    function finish(Channel calldata channel) external returns (uint256 returned);

    /// @notice Why a voucher cannot be redeemed now; {Refusal.None} when it can.
    function refusalOf(Channel calldata channel, Voucher calldata voucher) external view returns (Refusal);

    /// @notice Units that are bought and not redeemed.
    /// @dev Reverts with {UsageChannel_Unknown}.
    function unitsLeft(Channel calldata channel) external view returns (uint256);

    /// @notice Hash of a channel that is open or closing; zero for others.
    function commitmentOf(uint256 licenseId) external view returns (bytes32);

    /// @notice What has become of a channel; all zero before the first voucher and the first renewal.
    function stateOf(uint256 licenseId) external view returns (ChannelState memory);

    /// @notice The key of a slot from 1 on; zero without one. `until` is the last second in which its vouchers are
    /// redeemed (Unix time), 0 while it is not revoked.
    function keyOf(
        uint256 licenseId,
        uint16 slot
    ) external view returns (address signer, uint32 cap, uint32 redeemed, uint40 until);

    /// @notice What a key signs: the EIP-712 digest of a voucher.
    function voucherDigest(
        uint256 licenseId,
        uint16 slot,
        uint48 units,
        uint40 validUntil
    ) external view returns (bytes32);
}
