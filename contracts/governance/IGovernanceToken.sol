// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICitizenRegistry} from "../identity/ICitizenRegistry.sol";

/// @notice One line of the genesis distribution.
/// @param holder Who receives the tokens, or what the vesting wallet releases.
/// @param amount In the token's smallest unit (18 decimals).
/// @param cliff Seconds during which nothing vests; only with a duration.
/// @param duration Seconds until everything has vested. Zero: the tokens are handed over at once. Insiders need one.
struct GenesisHolding {
    address holder;
    uint256 amount;
    uint64 cliff;
    uint64 duration;
}

/// @notice What the token remembers about a credential. One storage slot.
struct Standing {
    uint48 since; // when the credential was issued; 0 means never
    uint48 endsAt; // when it ends or ended
    bool counted; // whether the account's units follow the citizens' curve
}

/// @title IGovernanceToken
/// @notice The token of the DAO, and the measure of voting power: units.
///
/// Glossary: *units* are what an account's tokens weigh in a vote. They equal the balance, except that a counted
/// citizen who votes for itself follows the concave curve of {VotingUnits}. Units count only once delegated, to oneself
/// or to another.
///
/// Invariants: the votes of all delegates sum to the units of all holders who delegate, now and at every past
/// timestamp; no sequence of transfers changes that sum by rounding; the supply grows by at most 2 % in any 365 days.
///
/// Trusted: the registry, for who is a citizen. A change of registry takes a constitutional vote.
interface IGovernanceToken {
    /// @notice The units of an account were updated to its credential.
    event Reweighed(address indexed account, bool counted, uint48 since, uint48 endsAt);
    /// @notice A part of the genesis supply vests in a wallet.
    event GenesisVested(address indexed holder, address indexed wallet, uint256 amount, uint64 cliff, uint64 duration);
    /// @notice The DAO follows another registry of citizens.
    event RegistrySet(ICitizenRegistry indexed registry);

    /// @notice The genesis list gives tokens to the account that deploys.
    error GovernanceToken_DeployerHolds(address deployer);
    /// @notice The genesis list gives insiders more than a fifth.
    error GovernanceToken_TooMuchVested(uint256 vested, uint256 supply);
    /// @notice The genesis supply is empty or too large for the tallies of a vote.
    error GovernanceToken_BadSupply(uint256 supply, uint256 limit);
    /// @notice There is no registry yet, so nobody's status is known.
    error GovernanceToken_NoRegistry();
    /// @notice Without a registry nothing could be proposed any more, not even to name one.
    error GovernanceToken_NotARegistry(address registry);
    /// @notice Phase `phase` began at `beginsAt`, and in this registry at `anew`, in Unix time; 0 means not yet. With
    /// it the citizens' house would be asked less, or votes that have ended would end otherwise.
    error GovernanceToken_OtherPhases(uint8 phase, uint48 beginsAt, uint48 anew);
    /// @notice The last mint, or the genesis, was less than a year ago.
    error GovernanceToken_MintTooSoon(uint256 nextAt);
    /// @notice More than 2 % of the supply.
    error GovernanceToken_MintTooLarge(uint256 amount, uint256 limit);

    /// @notice Mints at most 2 % of the supply, at most once in 365 days. Restricted: a constitutional vote.
    /// @dev
    /// - Reverts with {GovernanceToken_MintTooSoon} within 365 days of the last mint or of the genesis.
    /// - Reverts with {GovernanceToken_MintTooLarge} above 2 % of the supply before the mint.
    /// - Reverts with OpenZeppelin's `ERC20InvalidReceiver` for the zero address.
    /// - Reverts with OpenZeppelin's `ERC20ExceededSafeSupply` when units could outgrow a tally.
    function mint(address to, uint256 amount) external;

    /// @notice Follows another registry. Restricted. Nobody's units change before they are reweighed.
    /// @dev
    /// - Reverts with {GovernanceToken_NotARegistry} for an address without code.
    /// - Reverts with {GovernanceToken_OtherPhases} unless each phase begins in it in the second in which it does in
    ///   the present registry, or in neither: the phase never falls, and votes that have ended keep their outcome.
    ///
    /// Emits {RegistrySet}. Trusted: the registry.
    function setRegistry(ICitizenRegistry newRegistry) external;

    /// @notice Reads the status of an account from the registry and moves its units accordingly. Anyone may call, to
    /// count a credential that seasoned or to uncount one that ended; the registry calls when it issues, renews or
    /// revokes.
    /// @dev
    /// - Reverts with {GovernanceToken_NoRegistry} before there is one.
    ///
    /// Emits {Reweighed}.
    function reweigh(address account) external;

    /// @notice The units of an account's own tokens now, delegated or not.
    function unitsOf(address account) external view returns (uint256);

    /// @notice What an account can do in a vote with this snapshot.
    /// @dev Reverts with OpenZeppelin's `ERC5805FutureLookup` unless the time is past.
    /// @param timepoint The snapshot, in Unix time.
    /// @return votes The smaller of the units delegated to it at the snapshot and three days before: tokens bought in
    /// between do not vote.
    /// @return citizen Whether it was a citizen at the snapshot.
    function votingStateAt(address account, uint256 timepoint) external view returns (uint256 votes, bool citizen);

    /// @notice What a quorum is measured by, at a time in the past.
    /// @dev Reverts with OpenZeppelin's `ERC5805FutureLookup` unless the time is past, and with
    /// {GovernanceToken_NoRegistry} before there is one.
    /// @return units The delegated units.
    /// @return supply The tokens.
    /// @return citizens The citizens counted.
    function totalsAt(uint256 timepoint) external view returns (uint256 units, uint256 supply, uint256 citizens);

    /// @notice The supply of tokens at a time in the past. (`getPastTotalSupply` answers with the delegated units.)
    /// @dev Reverts with OpenZeppelin's `ERC5805FutureLookup` unless the time is past.
    function getPastTokenSupply(uint256 timepoint) external view returns (uint256);

    /// @notice What the token remembers about an account's credential.
    function standingOf(address account) external view returns (Standing memory);

    /// @notice The registry that says who is a citizen.
    function registry() external view returns (ICitizenRegistry);

    /// @notice The balance `X` up to which a citizen's units are concave: 0.75 % of the genesis supply.
    function CURVE_CAP() external view returns (uint256);
}
