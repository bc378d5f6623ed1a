// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {ICitizenRegistry, LAST_PHASE} from "../identity/ICitizenRegistry.sol";
import {IGovernanceToken} from "./IGovernanceToken.sol";
import {IProposalRules, ProposalKind, REGROWING} from "./IProposalRules.sol";
import {ITreasury} from "./ITreasury.sol";
import {Roles} from "./Roles.sol";

/// @title ProposalRules
/// @notice See {IProposalRules}. Created by the governor in its own constructor; it holds no state.
contract ProposalRules is IProposalRules {
    uint256 private constant ADDRESS_LENGTH = 42;
    uint256 private constant SUFFIX_LENGTH = 52; // `#proposer=` and an address
    uint256 private constant ISSUER_CALL_LENGTH = 36; // a selector and an issuer's number

    /// @notice The governor. Only a constitutional vote touches it, the three below, and the registry.
    address public immutable GOVERNOR;
    /// @notice The timelock, which executes the governor's proposals.
    address public immutable TIMELOCK;
    /// @notice Says which function has which role.
    IAccessManager public immutable AUTHORITY;
    /// @notice The governance token, which names the registry of citizens.
    IGovernanceToken public immutable TOKEN;
    /// @notice The treasury, which may pay small sums from the start.
    address public immutable TREASURY;

    /// @param timelock Executes the governor's proposals. The caller becomes the governor.
    /// @param authority Says which function has which role.
    /// @param token Names the registry of citizens.
    /// @param treasury The DAO's treasury.
    constructor(address timelock, IAccessManager authority, IGovernanceToken token, address treasury) {
        GOVERNOR = msg.sender;
        TIMELOCK = timelock;
        AUTHORITY = authority;
        TOKEN = token;
        TREASURY = treasury;
    }

    /// @inheritdoc IProposalRules
    function classify(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        uint8 phase
    ) external view returns (ProposalKind kind) {
        address registry = address(TOKEN.registry());
        for (uint256 i = 0; i < targets.length; ++i) {
            bytes4 selector = calldatas[i].length < 4 ? bytes4(0) : bytes4(calldatas[i][:4]);
            ProposalKind one = _kindOf(targets[i], values[i], calldatas[i].length, selector, registry);
            if (phase != LAST_PHASE && one != ProposalKind.Parameters) {
                require(
                    values[i] == 0 && _isAllowedEarly(targets[i], selector, registry),
                    ProposalRules_NotYetAllowed(i, phase)
                );
                if (phase == REGROWING) {
                    require(ICitizenRegistry(registry).namesIssuersEarly(), ProposalRules_NotWithoutCitizens(i));
                } else {
                    require(
                        _isLimitedStill(selector, ICitizenRegistry(registry)),
                        ProposalRules_VotedTooEarly(i, phase)
                    );
                }
            }
            if (targets[i] == registry) _requireKnown(i, selector, calldatas[i], ICitizenRegistry(registry));
            if (one > kind) kind = one;
        }
    }

    /// @inheritdoc IProposalRules
    function namesProposer(string calldata description, address proposer) external pure returns (bool) {
        uint256 length = bytes(description).length;
        if (length < SUFFIX_LENGTH || bytes10(bytes(description)[length - SUFFIX_LENGTH:]) != "#proposer=")
            return false;
        (bool parsed, address named) = Strings.tryParseAddress(description, length - ADDRESS_LENGTH, length);
        return parsed && named == proposer;
    }

    /// @dev Issuers are numbered from 1 in the order of their appointment, so a later one has a number that is not
    /// known yet. A call without its argument passes: it reverts when it is executed, and who reads the kind of a
    /// function asks with its selector alone.
    function _requireKnown(uint256 call, bytes4 selector, bytes calldata data, ICitizenRegistry registry) private view {
        if (selector != ICitizenRegistry.disavowIssuer.selector && selector != ICitizenRegistry.retireIssuer.selector) {
            return;
        }
        if (data.length < ISSUER_CALL_LENGTH) return;
        uint256 issuerId = uint256(bytes32(data[4:ISSUER_CALL_LENGTH]));
        require(issuerId != 0 && issuerId <= registry.issuerCount(), ProposalRules_UnknownIssuer(call, issuerId));
    }

    /// @dev What a young DAO may do of money and constitution.
    function _isAllowedEarly(address target, bytes4 selector, address registry) private view returns (bool) {
        if (target == TREASURY) return selector == ITreasury.pay.selector;
        return
            target == registry &&
            (selector == ICitizenRegistry.appointIssuer.selector ||
                selector == ICitizenRegistry.disavowIssuer.selector);
    }

    /// @dev Of the calls that are allowed early: whether the treasury or the registry keeps it within the early limits
    /// now. They end with the last phase, and only the citizens' consent replaces them. A disavowal has none: an issuer
    /// that was voted out may not stay by hurrying the DAO into that phase.
    function _isLimitedStill(bytes4 selector, ICitizenRegistry registry) private view returns (bool) {
        if (selector == ITreasury.pay.selector) return registry.phase() < LAST_PHASE;
        return selector == ICitizenRegistry.disavowIssuer.selector || registry.namesIssuersEarly();
    }

    /// @dev One call. What is not known to be less is a constitution.
    function _kindOf(
        address target,
        uint256 value,
        uint256 length,
        bytes4 selector,
        address registry
    ) private view returns (ProposalKind) {
        if (
            length < 4 ||
            target == GOVERNOR ||
            target == TIMELOCK ||
            target == address(AUTHORITY) ||
            target == address(TOKEN) ||
            target == registry
        ) return ProposalKind.Constitution;
        uint64 role = AUTHORITY.getTargetFunctionRole(target, selector);
        if (role == Roles.PARAMETER_ROLE) return value == 0 ? ProposalKind.Parameters : ProposalKind.Money;
        return role == Roles.MONEY_ROLE ? ProposalKind.Money : ProposalKind.Constitution;
    }
}
