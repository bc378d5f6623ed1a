// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

import {ExchangeSettings} from "../../../contracts/exchange/ExchangeSettings.sol";
import {GovernanceToken} from "../../../contracts/governance/GovernanceToken.sol";
import {GuardianDesk} from "../../../contracts/governance/GuardianDesk.sol";
import {IBallotBox, Terms, Tally as Votes} from "../../../contracts/governance/IBallotBox.sol";
import {IsonomyGovernor} from "../../../contracts/governance/IsonomyGovernor.sol";
import {Treasury} from "../../../contracts/governance/Treasury.sol";
import {CitizenRegistry} from "../../../contracts/identity/CitizenRegistry.sol";
import {IMarket} from "../../../contracts/market/IMarket.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {LicenseToken} from "../../../contracts/license/LicenseToken.sol";
import {ITreasuryPointer} from "../../../contracts/utils/ITreasuryPointer.sol";
import {OpenAdapter} from "../../contracts/governance/GovernmentMocks.sol";
import {FreezingToken} from "../../contracts/tokens/FreezingToken.sol";
import {Book} from "./Deployment.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// @notice The market under a government of phase 2, with the powers it is deployed with: whatever changes here was voted, waited in the
/// timelock and was executed, or was the guardian's pause.
abstract contract GovernedProtocol is ProtocolHandler {
    struct Change {
        uint256 proposalId;
        uint16 feeBps;
        uint8 sharePercent;
        uint16 flashPips;
        address treasury;
        address token;
        bool allow;
        uint256 paid;
        uint256 kind;
    }

    uint256 private constant FOUNDERS = 1_050;
    uint256 private constant ISSUERS = 3;
    /// @dev What an issuer may add within a month while citizens are few.
    uint256 private constant QUOTA = 50;
    /// @dev A twentieth of the citizens, rounded up, is the least that decides.
    uint256 private constant VOTERS = 53;

    GovernanceToken public iso;
    CitizenRegistry public citizens;
    IsonomyGovernor public governor;
    IBallotBox public ballots;
    FreezingToken public freezing;

    address public guardian = makeAddr("guardian");
    address public whale = makeAddr("whale");
    address public maker = makeAddr("maker");

    /// @notice What the last executed proposals set.
    uint16 public feeBps = 250;
    uint8 public sharePercent;
    uint16 public flashPips;
    address public treasuryNow;
    mapping(address token => bool) public allowed;
    uint256 public changes;
    uint256 public trespasses;
    Change[] private _changes;

    function _loadGoverned() internal {
        Book memory book = _loadProtocol();
        freezing = new FreezingToken();
        tokens.push(address(freezing));
        _setPayToken(address(freezing), true);
        for (uint256 i = 0; i < BUYERS; ++i) {
            freezing.mint(_buyer(i), 1e30);
            vm.prank(_buyer(i));
            freezing.approve(address(market), type(uint256).max);
        }
        for (uint256 i = 0; i < tokens.length; ++i) allowed[tokens[i]] = true;

        iso = GovernanceToken(book.at("GovernanceToken"));
        citizens = CitizenRegistry(book.at("CitizenRegistry"));
        governor = IsonomyGovernor(book.at("IsonomyGovernor"));
        ballots = IBallotBox(book.at("BallotBox"));
        vm.prank(whale);
        iso.transfer(maker, 40_000_000e18);
        for (uint256 i = 0; i < ISSUERS; ++i) _appoint(address(new OpenAdapter()));
        treasuryNow = address(treasury);
        _found();
        vm.prank(whale);
        iso.delegate(whale);
        // units count from the third day on
        skip(4 days);
    }

    // ---- changing the rules

    function changeCount() external view returns (uint256) {
        return _changes.length;
    }

    function changeAt(uint256 index) external view returns (Change memory) {
        return _changes[index];
    }

    /// @dev Every voter shows up again long before their credential ends: one that had ended would have to season anew.
    function _renewCitizens() internal {
        if (iso.standingOf(_founder(FOUNDERS - 1)).endsAt > block.timestamp + 365 days) return;
        for (uint256 i = FOUNDERS - VOTERS; i < FOUNDERS; ++i) _claim(i);
    }

    /// @dev Kind 0 sets three numbers, 1 a treasury, 2 a pay token, 3 all at once, 4 pays out of the treasury.
    function _proposeChange(uint256 seed) internal returns (uint256 index) {
        Change memory change;
        // most votes are about numbers; what takes both houses is an ordeal of fifty-three ballots
        uint256 lot = _mix(seed, 8) % 10;
        change.kind = lot < 6 ? 0 : lot - 5;
        change.feeBps = uint16(_mix(seed, 1) % 501);
        change.sharePercent = uint8(_mix(seed, 2) % 21);
        change.flashPips = uint16(_mix(seed, 3) % 501);
        change.treasury = _treasury(_mix(seed, 4));
        change.token = tokens[1 + (_mix(seed, 6) % (tokens.length - 1))];
        change.allow = !allowed[change.token];
        change.paid = _mix(seed, 7) % 1_000;
        (address[] memory targets, bytes[] memory calls) = _callsOf(change);
        change.proposalId = _propose(whale, targets, calls);
        index = _changes.length;
        _changes.push(change);
    }

    function _propose(address proposer, address[] memory targets, bytes[] memory calls) internal returns (uint256) {
        string memory number = vm.toString(governor.latestProposalId());
        string memory description = string.concat(number, "#proposer=", vm.toString(proposer));
        vm.prank(proposer);
        return governor.propose(targets, new uint256[](targets.length), calls, description);
    }

    /// @dev The newest change that is neither executed, expired nor defeated, from a random one of the last three on; a new one if there is none.
    function _pending(uint256 seed) internal returns (uint256 index) {
        uint256 count = _changes.length;
        for (uint256 i = 0; i < 3 && i < count; ++i) {
            index = count - 1 - i;
            IGovernor.ProposalState state = governor.state(_changes[index].proposalId);
            bool lives =
                state == IGovernor.ProposalState.Pending ||
                    state == IGovernor.ProposalState.Active ||
                    state == IGovernor.ProposalState.Succeeded ||
                    state == IGovernor.ProposalState.Queued;
            if (lives) return index;
        }
        return _proposeChange(seed);
    }

    /// @dev One step on the way to being executed: the vote, the queue, the wait.
    function _advance(uint256 index) internal returns (IGovernor.ProposalState state) {
        uint256 id = _changes[index].proposalId;
        state = governor.state(id);
        if (state == IGovernor.ProposalState.Pending) {
            vm.warp(governor.proposalSnapshot(id) + 1);
        } else if (state == IGovernor.ProposalState.Active) {
            _vote(id, _changes[index].kind != 0);
            vm.warp(governor.proposalDeadline(id) + 1);
        } else if (state == IGovernor.ProposalState.Succeeded) {
            governor.queue(id);
        } else if (block.timestamp < governor.proposalEta(id)) {
            // the timelock's own wait is shorter than the governor's
            vm.warp(governor.proposalEta(id) - 1);
            try governor.execute(id) {
                // claim(invariants#across-domains): the settings in force are those of the executed votes, and no vote
                //   is carried out before its wait is over
                _never("a vote was carried out before its wait was over");
            } catch {
                vm.warp(governor.proposalEta(id));
            }
        }
        return governor.state(id);
    }

    /// @dev Everything short of the execution. A change of parameters takes the token house, everything else both.
    function _makeReady(uint256 index) internal {
        uint256 id = _changes[index].proposalId;
        // the delay, the vote, the queue, the wait; a late vote may extend the voting once
        for (uint256 i = 0; i < 6; ++i) {
            bool queued = _advance(index) == IGovernor.ProposalState.Queued;
            if (queued && block.timestamp >= governor.proposalEta(id)) return;
        }
        _never("a vote that both houses agreed to could not be carried out");
    }

    function _execute(uint256 index) internal {
        Change memory change = _changes[index];
        if (change.kind == 4) {
            // there has to be something to pay out
            vm.deal(address(treasury), address(treasury).balance + change.paid);
        }
        governor.execute(change.proposalId);
        ++changes;
        if (change.kind == 0 || change.kind == 3) {
            (feeBps, sharePercent, flashPips) = (change.feeBps, change.sharePercent, change.flashPips);
        }
        if (change.kind == 1 || change.kind == 3) treasuryNow = change.treasury;
        if (change.kind == 2 || change.kind == 3) allowed[change.token] = change.allow;
        checkRules();
    }

    /// @notice What is in force is what the executed votes say, and nothing else.
    function checkRules() public view {
        (address treasury_, uint16 feeBps_, , ) = market.config();
        // claim(invariants#across-domains): the settings in force are those of the executed votes, and no vote is
        //   carried out before its wait is over | those who want to skip the wait
        assertEq(feeBps_, feeBps, "the fee is not the one that was voted");
        // claim(invariants#across-domains): the settings in force are those of the executed votes, and no vote is
        //   carried out before its wait is over
        assertEq(treasury_, treasuryNow, "the treasury is not the one that was voted");
        (uint256 share, uint256 pips, , ) = exchange.settings();
        assertEq(share, sharePercent, "the Exchange's share is not the one that was voted");
        assertEq(pips, flashPips, "the flash fee is not the one that was voted");
        for (uint256 i = 1; i < tokens.length; ++i) {
            (bool isAllowed, ) = market.payTokenRisks(tokens[i]);
            // claim(invariants#across-domains): the settings in force are those of the executed votes, and no vote is
            //   carried out before its wait is over
            assertEq(isAllowed, allowed[tokens[i]], "a pay token is not what was voted");
        }
        // claim(invariants#across-domains): nobody passes a restricted check: not a contract of the protocol, not the
        //   guardian, nobody through the forwarder in the timelock's name | an intruder
        assertEq(trespasses, 0, "somebody passed a restricted check");
    }

    /// @notice What has to stand still while tokens are borrowed.
    function _ballotsOf(uint256 id) internal view returns (bytes32) {
        Votes memory votes = ballots.tallyOf(id);
        Terms memory terms = ballots.termsOf(id);
        uint256 snapshot = governor.proposalSnapshot(id);
        uint256 quorum = 0;
        if (snapshot < block.timestamp) quorum = governor.quorum(snapshot);
        return keccak256(abi.encode(votes, terms, quorum, governor.proposalDeadline(id)));
    }

    /// @dev Every privileged function, called by `intruder`, by the guardian's desk, or past the forwarder in the timelock's name.
    function _trespass(address intruder, uint256 what, uint256 way) internal {
        (address target, bytes memory data) = _privileged(what % 18, intruder);
        if (way % 3 == 1) {
            intruder = guardian;
            (target, data) = (address(guardianDesk), abi.encodeCall(GuardianDesk.forward, (target, data)));
        } else if (way % 3 == 2) {
            intruder = address(forwarder);
            data = abi.encodePacked(data, address(timelock));
        }
        vm.prank(intruder);
        (bool entered, ) = target.call(data);
        if (entered) ++trespasses;
        assertFalse(entered, "somebody passed a restricted check");
    }

    function _privileged(uint256 i, address intruder) private view returns (address, bytes memory) {
        if (i == 0) return (address(market), abi.encodeCall(IMarketSettings.setProtocolFee, (0)));
        if (i == 1) return (address(market), abi.encodeCall(ITreasuryPointer.setTreasury, (intruder)));
        if (i == 2) return (address(market), abi.encodeCall(IMarketSettings.setPayToken, (address(taking), true, 0)));
        if (i == 3) return (address(exchange), abi.encodeCall(ExchangeSettings.setProtocolShare, (20)));
        if (i == 4) return (address(exchange), abi.encodeCall(ExchangeSettings.setFlashFee, (500)));
        if (i == 5) return (address(exchange), abi.encodeCall(ExchangeSettings.listTier, (2)));
        if (i == 6) return (address(exchange), abi.encodeCall(ITreasuryPointer.setTreasury, (intruder)));
        if (i == 7) return (address(licenses), abi.encodeCall(LicenseToken.setModule, (intruder, true)));
        if (i == 8) return (address(treasury), abi.encodeCall(Treasury.pay, (address(0), intruder, 0)));
        return _privilegedKeys(i, intruder);
    }

    function _privilegedKeys(uint256 i, address intruder) private view returns (address, bytes memory) {
        bytes memory fee = abi.encodeCall(IMarketSettings.setProtocolFee, (0));
        if (i == 9) return (address(iso), abi.encodeCall(GovernanceToken.mint, (intruder, 1)));
        if (i == 10) return (address(citizens), abi.encodeCall(CitizenRegistry.disavowIssuer, (1)));
        if (i == 11) return (address(authority), abi.encodeCall(IAccessManager.grantRole, (0, intruder, 0)));
        if (i == 12) return (address(authority), abi.encodeCall(IAccessManager.execute, (address(market), fee)));
        if (i == 13)
            return (address(authority), abi.encodeCall(IAccessManager.setTargetClosed, (address(escrow), true)));
        if (i == 14)
            return (address(authority), abi.encodeCall(IAccessManager.updateAuthority, (address(market), intruder)));
        if (i == 15) return (address(timelock), abi.encodeCall(timelock.execute, (address(market), 0, fee, 0, 0)));
        if (i == 16) return (address(governor), abi.encodeCall(governor.setProposalGuardian, (intruder)));
        return (address(market), abi.encodeCall(market.dealRefunded, (1, 0)));
    }

    // ---- building blocks

    function _callsOf(Change memory change) private view returns (address[] memory targets, bytes[] memory calls) {
        uint256 count =
            change.kind == 3
                ? 5
                : change.kind == 0
                    ? 3
                    : 1;
        (targets, calls) = (new address[](count), new bytes[](count));
        if (change.kind == 4) {
            targets[0] = address(treasury);
            calls[0] = abi.encodeCall(Treasury.pay, (NATIVE, guardian, change.paid));
            return (targets, calls);
        }
        uint256 i = 0;
        if (change.kind == 0 || change.kind == 3) {
            (targets[0], calls[0]) = (address(market), abi.encodeCall(IMarketSettings.setProtocolFee, (change.feeBps)));
            targets[1] = address(exchange);
            calls[1] = abi.encodeCall(ExchangeSettings.setProtocolShare, (change.sharePercent));
            targets[2] = address(exchange);
            calls[2] = abi.encodeCall(ExchangeSettings.setFlashFee, (change.flashPips));
            i = 3;
        }
        if (change.kind == 1 || change.kind == 3) {
            (targets[i], calls[i]) = (address(market), abi.encodeCall(ITreasuryPointer.setTreasury, (change.treasury)));
            ++i;
        }
        if (change.kind == 2 || change.kind == 3) {
            targets[i] = address(market);
            calls[i] = abi.encodeCall(IMarketSettings.setPayToken, (change.token, change.allow, 0));
        }
    }

    function _vote(uint256 id, bool bothHouses) private {
        if (ballots.hasVoted(id, whale)) return;
        vm.prank(whale);
        governor.castVote(id, 1);
        for (uint256 i = 0; bothHouses && i < VOTERS; ++i) {
            // the youngest credentials last longest
            vm.prank(_founder(FOUNDERS - 1 - i));
            governor.castVote(id, 1);
        }
    }

    function _founder(uint256 i) private pure returns (address) {
        return address(uint160(0xF0000 + i));
    }

    function _claim(uint256 i) private {
        bytes memory proof = abi.encode(keccak256(abi.encode(i)), uint48(block.timestamp + 729 days));
        vm.prank(_founder(i));
        citizens.claim(1 + uint32(i % ISSUERS), proof);
    }

    /// @dev Citizens as fast as the issuers may add them, and both phases.
    function _found() private {
        for (uint256 first = 0; first < FOUNDERS; first += ISSUERS * QUOTA) {
            for (uint256 i = first; i < first + ISSUERS * QUOTA; ++i) _claim(i);
            skip(30 days);
            for (uint256 i = first; i < first + ISSUERS * QUOTA; ++i) iso.reweigh(_founder(i));
            if (citizens.phase() == 0) citizens.advancePhase();
        }
        citizens.advancePhase();
        skip(1);
    }

    function _appoint(address adapter) private {
        _byVote();
        citizens.appointIssuer(adapter, "persons", true);
    }
}
