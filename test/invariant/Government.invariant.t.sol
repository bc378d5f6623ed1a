// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";
import {IBallotBox, Tally} from "../../contracts/governance/IBallotBox.sol";
import {GovernanceToken} from "../../contracts/governance/GovernanceToken.sol";
import {CitizenRegistry} from "../../contracts/identity/CitizenRegistry.sol";
import {Credential} from "../../contracts/identity/ICitizenRegistry.sol";
import {GovernmentHandler} from "./handlers/GovernmentHandler.sol";
import {YouthHandler} from "./handlers/YouthHandler.sol";

/// @dev By name: what a contract creates is compiled into it once more.
abstract contract GovernmentTest is Test {
    function _deploy(bool grown) internal returns (GovernmentHandler) {
        return GovernmentHandler(deployCode("GovernmentHandler.sol:GovernmentHandler", abi.encode(grown)));
    }
}

/// @notice What has to hold of the government in any phase.
abstract contract GovernmentChecks is GovernmentTest {
    GovernmentHandler internal _handler;

    /// @dev Every action of the handler; the report of a run is none.
    function _target() internal {
        targetContract(address(_handler));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = GovernmentHandler(address(0)).report.selector;
        excludeSelector(FuzzSelector({addr: address(_handler), selectors: selectors}));
    }

    function _check() internal view {
        GovernanceToken token = _handler.token();
        CitizenRegistry registry = _handler.registry();
        uint256 votes = 0;
        // the founders, whom nobody revokes or reweighs until they leave
        uint256 flags = _handler.FOUNDERS() - _handler.gone(1) - _handler.gone(2) - _handler.gone(3);
        for (uint256 i = 0; i < _handler.holderCount(); ++i) {
            address holder = _handler.holders(i);
            votes += token.getVotes(holder);
            if (registry.credentialOf(holder).seasoned) ++flags;
        }
        uint256 seasoned = 0;
        uint256 live = 0;
        for (uint32 id = 1; id <= 4; ++id) {
            seasoned += registry.issuer(id).seasoned;
            live += registry.issuer(id).live;
        }
        assertEq(votes, _handler.units(), "votes of delegates differ from units of holders");
        assertEq(registry.citizens(), flags, "citizens differ from the flags");
        assertEq(seasoned, flags, "issuers' citizens differ from the flags");
        assertEq(live, registry.liveTotal(), "issuers' live credentials differ from the total");
        uint32 majority = registry.majorityAt(block.timestamp);
        if (majority != 0) {
            assertGt(
                2 * registry.issuer(majority).seasoned,
                registry.citizens(),
                "a majority is recorded that is none"
            );
        }
        if (_handler.lastTime() < block.timestamp) {
            assertEq(token.getPastTotalSupply(_handler.lastTime()), _handler.lastUnits(), "past units differ");
            assertEq(registry.citizensAt(_handler.lastTime()), _handler.lastCitizens(), "past citizens differ");
        }
        assertEq(_handler.badExecutions(), 0, "executed without its conditions");
        assertEq(_handler.trespasses(), 0, "somebody passed a restricted check");
        assertEq(_handler.crossings(), 0, "an issuer of another domain renewed a credential");
        assertEq(_handler.thefts(), 0, "a citizen's nullifier was given to another account");
        assertEq(_handler.hastyChanges(), 0, "an issuer took a credential over before it had vouched for ninety days");
        assertEq(_handler.miscounts(), 0, "a phase was counted otherwise than by seasoned citizens");
        assertEq(_handler.misrecorded(), 0, "a majority was recorded or refused against the count of citizens");
        assertEq(_handler.overmints(), 0, "more was minted than two percent in a year");
        _checkPersons();
        _checkTally();
    }

    /// @dev One person has one live credential, and is a citizen by the word of an issuer that is thirty days old.
    function _checkPersons() private view {
        CitizenRegistry registry = _handler.registry();
        bytes32[] memory seen = new bytes32[](_handler.holderCount());
        for (uint256 i = 0; i < seen.length; ++i) {
            address holder = _handler.holders(i);
            Credential memory held = registry.credentialOf(holder);
            if (held.revokedAt != 0 || held.validUntil <= block.timestamp) continue;
            seen[i] = keccak256(abi.encode(registry.issuer(held.issuerId).domain, held.nullifier));
            for (uint256 j = 0; j < i; ++j) assertNotEq(seen[i], seen[j], "a person has two live credentials");
            if (!registry.isCitizen(holder)) continue;
            uint256 vouchedAt = _handler.vouchedAt(holder, held.since, held.issuerId);
            assertGt(vouchedAt, 0, "a citizen for whom the issuer never vouched");
            assertLe(
                vouchedAt + 30 days,
                block.timestamp,
                "a citizen by the word of an issuer younger than thirty days"
            );
        }
    }

    /// @dev What the ballots spent is what the tally counted.
    function _checkTally() private view {
        uint256 id = _handler.governor().latestProposalId();
        if (id == 0) return;
        IBallotBox ballots = _handler.ballots();
        Tally memory tally = ballots.tallyOf(id);
        GovernanceToken token = _handler.token();
        uint256 snapshot = _handler.governor().proposalSnapshot(id);
        uint256 spent = 0;
        uint256 inFavour = 0;
        for (uint256 i = 0; i < _handler.holderCount(); ++i) {
            address holder = _handler.holders(i);
            (uint256 used, uint256 usedFor, ) = ballots.ballotOf(id, holder);
            spent += used;
            inFavour += usedFor;
            if (used == 0) continue;
            assertLe(used, token.getPastVotes(holder, snapshot), "a voter spent more than it had at the snapshot");
            assertLe(used, token.getPastVotes(holder, snapshot - 3 days), "a voter spent what it had not held");
        }
        assertEq(spent, tally.forUnits + tally.againstUnits + tally.abstainUnits, "ballots differ from the tally");
        assertEq(inFavour, tally.forUnits, "For ballots differ from the tally");
        assertLe(tally.largeForUnits, tally.forUnits, "more large units than units");
        uint256 large = _handler.largeForUnits(id);
        assertGe(tally.largeForUnits, large, "a voter's large part fell by splitting its ballots");
        assertLe(tally.largeForUnits, large + (_handler.forBallots(id) << 16), "more is large than is above X");
        uint256 end = snapshot + _handler.VOTING_PERIOD();
        uint256 extended = ballots.extendedDeadlineOf(id);
        uint256 told = _handler.governor().proposalDeadline(id);
        assertEq(told, extended > end ? extended : end, "an extension is not told at once");
    }
}

/// @notice In phase 1, where citizens may veto and little is allowed.
contract GovernmentInvariants is GovernmentChecks {
    function setUp() external {
        _handler = _deploy(false);
        _target();
    }

    /// @notice One campaign for all, because each invariant function is a campaign of its own.
    /// @dev A sum that is wrong after one call is still wrong four calls later; the last call of a run is always checked.
    /// forge-config: default.invariant.check-interval = 5
    /// forge-config: full.invariant.check-interval = 5
    /// forge-config: deep.invariant.check-interval = 5
    function invariant_government() external view {
        _check();
    }

    function afterInvariant() external {
        _handler.report("GOVERNMENT");
    }
}

/// @notice In phase 2, with a thousand citizens, where money and the constitution take the majority of both houses.
contract GrownGovernmentInvariants is GovernmentChecks {
    function setUp() external {
        _handler = _deploy(true);
        _target();
    }

    /// forge-config: default.invariant.runs = 6
    /// forge-config: full.invariant.runs = 60
    function invariant_grownGovernment() external view {
        _check();
    }
}

/// @notice At the end of phase 1, where the account that is paid may begin phase 2 and calls everything that anyone may call.
contract YoungGovernmentInvariants is Test {
    YouthHandler private _handler;

    function setUp() external {
        _handler = YouthHandler(payable(deployCode("YouthHandler.sol:YouthHandler")));
        targetContract(address(_handler));
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = YouthHandler.decide.selector;
        selectors[1] = YouthHandler.carryOut.selector;
        selectors[2] = YouthHandler.grow.selector;
        selectors[3] = YouthHandler.give.selector;
        selectors[4] = YouthHandler.collect.selector;
        selectors[5] = YouthHandler.pass.selector;
        targetSelector(FuzzSelector({addr: address(_handler), selectors: selectors}));
    }

    /// forge-config: default.invariant.runs = 6
    /// forge-config: full.invariant.runs = 60
    function invariant_youngGovernment() external view {
        assertEq(_handler.shifts(), 0, "a limit changed within an execution");
        assertEq(_handler.trespasses(), 0, "a payee did what nobody may do while a vote is carried out");
        assertEq(_handler.misjudged(), 0, "a vote was judged by another phase than the later of its two");
        assertEq(_handler.refusals(), 0, "a payment within its own token's limit was refused");
        assertEq(_handler.overspent(), 0, "more than a hundredth of a token left within thirty days");
        assertEq(_handler.crowded(), 0, "a young DAO has more than eight issuers");
    }
}

/// @notice Splitting is neutral, on the deployed token.
contract SplittingFuzz is GovernmentTest {
    GovernanceToken private _token;
    address private _citizen;

    /// @dev Everybody gives the citizen everything, so that holdings of any size can be tried.
    function setUp() external {
        GovernmentHandler handler = _deploy(false);
        _token = handler.token();
        _citizen = handler.holders(0);
        skip(31 days);
        _token.reweigh(_citizen);
        for (uint256 i = 1; i < handler.holderCount(); ++i) {
            address holder = handler.holders(i);
            uint256 balance = _token.balanceOf(holder);
            vm.prank(holder);
            _token.transfer(_citizen, balance);
        }
    }

    /// @notice Any holding over up to fifty wallets, of which one is a citizen: never more units than unsplit; joined again, the same.
    function testFuzz_splittingIsNeutral(uint256 holding, uint256 seed, uint256 count) external {
        uint256 all = _token.balanceOf(_citizen);
        holding = bound(holding, 1, all);
        count = bound(count, 1, 50);
        vm.startPrank(_citizen);
        _token.transfer(address(0xDEAD), all - holding);
        uint256 whole = _token.unitsOf(_citizen);
        assertEq(_token.getVotes(_citizen), whole);
        for (uint256 i = 0; i < count; ++i) {
            uint256 part = bound(uint256(keccak256(abi.encode(seed, i))), 0, _token.balanceOf(_citizen));
            _token.transfer(_wallet(i), part);
        }
        vm.stopPrank();

        uint256 split = _token.getVotes(_citizen);
        for (uint256 i = 0; i < count; ++i) {
            vm.prank(_wallet(i));
            _token.delegate(_wallet(i));
            split += _token.getVotes(_wallet(i));
        }
        assertLe(split, whole, "splitting gained");

        for (uint256 i = 0; i < count; ++i) {
            uint256 balance = _token.balanceOf(_wallet(i));
            vm.prank(_wallet(i));
            _token.transfer(_citizen, balance);
        }
        assertEq(_token.getVotes(_citizen), whole, "joining lost");
    }

    function _wallet(uint256 i) private pure returns (address) {
        return address(uint160(0xCAFE0000 + i));
    }
}
