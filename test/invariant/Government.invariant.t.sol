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
        // claim(invariants#government-and-citizens): the votes of all delegates sum to the units of all holders who
        //   delegate | a voter with units that nobody holds
        assertEq(votes, _handler.units(), "votes of delegates differ from units of holders");
        // claim(invariants#government-and-citizens): the number of citizens equals the credentials flagged as seasoned,
        //   and the sum over issuers | an issuer whose people count twice
        assertEq(registry.citizens(), flags, "citizens differ from the flags");
        // claim(invariants#government-and-citizens): the number of citizens equals the credentials flagged as seasoned,
        //   and the sum over issuers
        assertEq(seasoned, flags, "issuers' citizens differ from the flags");
        // claim(invariants#government-and-citizens): live credentials of all issuers sum to the total | an issuer that
        //   escapes its share
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
            // claim(invariants#government-and-citizens): the total of units, and the number of citizens, at a past time
            //   are what they were at that time | an attacker who lowers a quorum afterwards
            assertEq(token.getPastTotalSupply(_handler.lastTime()), _handler.lastUnits(), "past units differ");
            // claim(invariants#government-and-citizens): the total of units, and the number of citizens, at a past time
            //   are what they were at that time
            assertEq(registry.citizensAt(_handler.lastTime()), _handler.lastCitizens(), "past citizens differ");
        }
        // claim(invariants#government-and-citizens): in phases 1 and 2 no proposal is executed without what its kind
        //   requires in both houses, or before its wait | a minority that wants it executed anyway
        assertEq(_handler.badExecutions(), 0, "executed without its conditions");
        // claim(attacks#government-and-citizens): anybody but the timelock in a privileged function
        // claim(attacks#government-and-citizens): guardian abuse
        // claim(invariants#government-and-citizens): only the timelock, and the guardian's desk for its pauses, passes
        //   a restricted check | an intruder
        assertEq(_handler.trespasses(), 0, "somebody passed a restricted check");
        // claim(invariants#government-and-citizens): a renewal never crosses to another domain, whatever values it uses
        //   | a person with credentials of two domains on one account
        assertEq(_handler.crossings(), 0, "an issuer of another domain renewed a credential");
        // claim(invariants#government-and-citizens): a nullifier never passes to another account while it makes a
        //   citizen | an issuer that takes over people
        assertEq(_handler.thefts(), 0, "a citizen's nullifier was given to another account");
        // claim(invariants#government-and-citizens): nobody is a citizen through an attestation that is younger than
        //   thirty days, or changes to an issuer whose attestation is younger than ninety
        assertEq(_handler.hastyChanges(), 0, "an issuer took a credential over before it had vouched for ninety days");
        // claim(invariants#government-and-citizens): a phase counts citizens, issuers and the largest of them by
        //   seasoned credentials | an issuer that makes a phase begin with new credentials
        assertEq(_handler.miscounts(), 0, "a phase was counted otherwise than by seasoned citizens");
        assertEq(_handler.misrecorded(), 0, "a majority was recorded or refused against the count of citizens");
        // claim(invariants#government-and-citizens): at most 2 % is minted in a year; a year without a mint is lost |
        //   the receiver of the mint
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
            // claim(invariants#government-and-citizens): one person of a domain has one live credential, even if
            //   issuers give its nullifier to other accounts | a person who is counted twice
            for (uint256 j = 0; j < i; ++j) assertNotEq(seen[i], seen[j], "a person has two live credentials");
            if (!registry.isCitizen(holder)) continue;
            uint256 vouchedAt = _handler.vouchedAt(holder, held.since, held.issuerId);
            assertGt(vouchedAt, 0, "a citizen for whom the issuer never vouched");
            // claim(invariants#government-and-citizens): nobody is a citizen through an attestation that is younger
            //   than thirty days, or changes to an issuer whose attestation is younger than ninety | a captured issuer
            //   whose people move to a second one
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
            // claim(invariants#government-and-citizens): a vote weighs no more than the voter had at the snapshot, and
            //   three days before it | those who vote with tokens that have voted already
            assertLe(used, token.getPastVotes(holder, snapshot), "a voter spent more than it had at the snapshot");
            // claim(invariants#government-and-citizens): a vote weighs no more than the voter had at the snapshot, and
            //   three days before it
            assertLe(used, token.getPastVotes(holder, snapshot - 3 days), "a voter spent what it had not held");
        }
        // claim(invariants#government-and-citizens): the tally counts exactly the units that ballots spent; no more
        //   units count as large than were cast for | those who vote twice
        assertEq(spent, tally.forUnits + tally.againstUnits + tally.abstainUnits, "ballots differ from the tally");
        // claim(invariants#government-and-citizens): the tally counts exactly the units that ballots spent; no more
        //   units count as large than were cast for
        assertEq(inFavour, tally.forUnits, "For ballots differ from the tally");
        // claim(invariants#government-and-citizens): the tally counts exactly the units that ballots spent; no more
        //   units count as large than were cast for
        assertLe(tally.largeForUnits, tally.forUnits, "more large units than units");
        uint256 large = _handler.largeForUnits(id);
        // claim(invariants#government-and-citizens): a voter's large part follows from all their ballots together | a
        //   large holder in a hurry
        assertGe(tally.largeForUnits, large, "a voter's large part fell by splitting its ballots");
        // claim(invariants#government-and-citizens): a voter's large part follows from all their ballots together
        assertLe(tally.largeForUnits, large + (_handler.forBallots(id) << 16), "more is large than is above X");
        uint256 end = snapshot + _handler.VOTING_PERIOD();
        uint256 extended = ballots.extendedDeadlineOf(id);
        uint256 told = _handler.governor().proposalDeadline(id);
        // claim(invariants#government-and-citizens): an extension of a vote is announced at once | a voter who flips a
        //   vote and hopes that nobody checks again
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
        // claim(invariants#government-and-citizens): no limit changes within an execution, whatever a payee or a token
        //   calls; nothing else is executed within an execution | those who are paid by a vote
        assertEq(_handler.shifts(), 0, "a limit changed within an execution");
        // claim(invariants#government-and-citizens): no limit changes within an execution, whatever a payee or a token
        //   calls; nothing else is executed within an execution
        assertEq(_handler.trespasses(), 0, "a payee did what nobody may do while a vote is carried out");
        // claim(invariants#government-and-citizens): the citizens are asked as in the later of two phases, that of the
        //   proposal and that of the end of its vote, and the outcome is final | those who propose before the citizens
        //   have a voice
        assertEq(_handler.misjudged(), 0, "a vote was judged by another phase than the later of its two");
        // claim(invariants#government-and-citizens): while the DAO is young at most a hundredth of a token leaves
        //   within 30 days, per token, and it has at most eight issuers
        assertEq(_handler.refusals(), 0, "a payment within its own token's limit was refused");
        // claim(invariants#government-and-citizens): while the DAO is young at most a hundredth of a token leaves
        //   within 30 days, per token, and it has at most eight issuers | those who decide alone in a young DAO
        assertEq(_handler.overspent(), 0, "more than a hundredth of a token left within thirty days");
        // claim(invariants#government-and-citizens): while the DAO is young at most a hundredth of a token leaves
        //   within 30 days, per token, and it has at most eight issuers
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

    // claim(attacks#government-and-citizens): splitting over wallets
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
        // claim(invariants#government-and-citizens): a holding split over up to fifty wallets never weighs more than
        //   unsplit, and weighs the same when it is joined again | a holder with many wallets
        assertLe(split, whole, "splitting gained");

        for (uint256 i = 0; i < count; ++i) {
            uint256 balance = _token.balanceOf(_wallet(i));
            vm.prank(_wallet(i));
            _token.transfer(_citizen, balance);
        }
        // claim(invariants#government-and-citizens): a holding split over up to fifty wallets never weighs more than
        //   unsplit, and weighs the same when it is joined again
        assertEq(_token.getVotes(_citizen), whole, "joining lost");
    }

    function _wallet(uint256 i) private pure returns (address) {
        return address(uint160(0xCAFE0000 + i));
    }
}
