// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {IMandateHolder} from "../utils/IMandateHolder.sol";
import {IGuardianDesk, IGuardianMandate} from "./IGuardianDesk.sol";
import {Roles} from "./Roles.sol";

/// @title GuardianDesk
/// @notice See {IGuardianDesk}: purpose, trusted parties.
contract GuardianDesk is IGuardianDesk {
    /// @notice Says which function has which role.
    IAccessManager public immutable AUTHORITY;
    /// @notice Says who the guardian is, and until when.
    IGuardianMandate public immutable GOVERNOR;

    /// @param authority The Authority, which gives this contract the guardian's role.
    /// @param governor The governor, whose guardian may call.
    constructor(IAccessManager authority, IGuardianMandate governor) {
        (AUTHORITY, GOVERNOR) = (authority, governor);
    }

    /// @inheritdoc IGuardianDesk
    function forward(address target, bytes calldata data) external {
        address guardian = GOVERNOR.proposalGuardian();
        require(msg.sender == guardian, GuardianDesk_NotTheGuardian(msg.sender, guardian));
        uint48 endsAt = GOVERNOR.guardianMandateEndsAt();
        require(block.timestamp < endsAt, GuardianDesk_MandateEnded(endsAt));
        // fewer bytes are a selector with zeros behind, which nobody gave a role
        bytes4 selector = bytes4(data);
        require(
            AUTHORITY.getTargetFunctionRole(target, selector) == Roles.GUARDIAN_ROLE,
            GuardianDesk_NotForGuardian(target, selector)
        );

        emit Forwarded(guardian, target, data);
        Address.functionCall(target, data);
    }

    /// @inheritdoc IMandateHolder
    function mandate() external view returns (bytes32) {
        bytes32 guardian = bytes32(uint256(uint160(GOVERNOR.proposalGuardian())));
        return Hashes.efficientKeccak256(guardian, bytes32(uint256(GOVERNOR.guardianMandateEndsAt())));
    }
}
