// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMandateHolder} from "../utils/IMandateHolder.sol";

/// @title IGuardianMandate
/// @notice What the governor says of its guardian.
interface IGuardianMandate {
    /// @notice Who it is.
    function proposalGuardian() external view returns (address);

    /// @notice When its mandate ends, in Unix time.
    function guardianMandateEndsAt() external view returns (uint48);
}

/// @title IGuardianDesk
/// @notice Where the guardian pauses what may be paused. It holds the guardian's role in the Authority, and lends it to
/// the account that is the governor's guardian, for as long as the mandate lasts: the Authority itself knows no role
/// that ends.
///
/// It passes on calls of functions that the Authority gives to the guardian's role, and nothing else. It keeps nothing:
/// no coin, no state, no list of its own that a vote would have to keep in step. What it calls asks it for the mandate:
/// each has its own pauses, so that no guardian can use up those of the next.
///
/// Trusted: the Authority, for which function has which role; the governor, for who the guardian is and until when.
interface IGuardianDesk is IMandateHolder {
    /// @notice The guardian did this.
    event Forwarded(address indexed guardian, address indexed target, bytes data);

    /// @notice Only the guardian may call.
    error GuardianDesk_NotTheGuardian(address caller, address guardian);
    /// @notice The mandate ended at `endedAt`, in Unix time.
    error GuardianDesk_MandateEnded(uint48 endedAt);
    /// @notice The function is not the guardian's.
    error GuardianDesk_NotForGuardian(address target, bytes4 selector);

    /// @notice Makes a call in the name of the guardian's role. Only the governor's guardian may call, while its
    /// mandate lasts.
    /// @dev
    /// - Reverts with {GuardianDesk_NotTheGuardian} for any other caller.
    /// - Reverts with {GuardianDesk_MandateEnded} from the second the mandate ends.
    /// - Reverts with {GuardianDesk_NotForGuardian} when the Authority gives the function to another role, and for a
    ///   selector it never heard of.
    /// - Reverts with the reason of the target.
    ///
    /// Emits {Forwarded}. What was paused before the mandate ended stays paused as long as the target says, which is a
    /// few days.
    /// @param target The contract to call.
    /// @param data The call's data, at least four bytes.
    function forward(address target, bytes calldata data) external;
}
