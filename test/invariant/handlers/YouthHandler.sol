// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {Test} from "forge-std/Test.sol";
import {GovernanceToken} from "../../../contracts/governance/GovernanceToken.sol";
import {IsonomyGovernor} from "../../../contracts/governance/IsonomyGovernor.sol";
import {Treasury} from "../../../contracts/governance/Treasury.sol";
import {CitizenRegistry} from "../../../contracts/identity/CitizenRegistry.sol";
import {Credit, RevenueLedger} from "../../../contracts/ledger/RevenueLedger.sol";
import {IMarket} from "../../../contracts/market/IMarket.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {OpenAdapter} from "../../contracts/governance/GovernmentMocks.sol";
import {Meddler, MeddlingToken} from "../../contracts/governance/Meddler.sol";
import {Book, Deployment} from "./Deployment.sol";

/// @notice A DAO at the end of its youth. One holder decides alone in the token house, and a payee counts citizens, begins the last
/// phase, and calls everything else that anyone may call.
contract YouthHandler is Test {
    /// @dev What was voted on, and what the vote was asked.
    struct Vote {
        uint256 id;
        uint8 made;
        bool ordinary;
        bool limited; // pays, or appoints issuers
        uint256 inFavour;
        uint256 against;
    }

    struct Payment {
        address token;
        uint256 at;
        uint256 amount;
    }

    address private constant NATIVE = address(0);
    uint256 private constant FOUNDERS = 1_050;
    /// @dev Counted before the campaign; the payee counts the others.
    uint256 private constant COUNTED = 990;
    uint256 private constant ISSUERS = 3;
    uint256 private constant QUOTA = 50;

    GovernanceToken private _token;
    CitizenRegistry public registry;
    Treasury public treasury;
    IsonomyGovernor public governor;
    IMarket private _market;
    RevenueLedger private _ledger;
    Meddler private _payee;
    MeddlingToken public coin;
    address private _whale = makeAddr("whale");
    address private _thief = makeAddr("thief");
    uint256 private _next = COUNTED;

    Vote[] private _votes;
    Payment[] private _payments;

    /// @notice When the last phase begins, as the calls that were seen have it; 0 before.
    uint256 public lastPhaseFrom;
    /// @notice Executions within which a limit changed; calls of the payee that nobody may make, or not meanwhile.
    uint256 public shifts;
    uint256 public trespasses;
    /// @notice Executions and outcomes that differ from what the phases of the proposal and of its end ask.
    uint256 public misjudged;
    /// @notice Payments that were refused although the token's own limit allowed them.
    uint256 public refusals;
    uint256 public overspent;
    uint256 public crowded;

    constructor() {
        vm.warp(1_800_000_000);
        Book memory book = Deployment.load();
        _token = GovernanceToken(book.at("GovernanceToken"));
        registry = CitizenRegistry(book.at("CitizenRegistry"));
        treasury = Treasury(book.at("Treasury"));
        governor = IsonomyGovernor(book.at("IsonomyGovernor"));
        _market = IMarket(book.at("Market"));
        _ledger = RevenueLedger(book.at("RevenueLedger"));
        for (uint256 i = 0; i < ISSUERS; ++i) {
            address adapter = address(new OpenAdapter());
            vm.prank(book.at("Timelock"));
            registry.appointIssuer(adapter, "persons", true);
        }
        _payee = new Meddler();
        coin = new MeddlingToken(_payee);
        coin.mint(address(treasury), 1_000_000);
        vm.deal(address(treasury), 1_000_000);
        vm.deal(address(this), 1 ether);
        _found();
        vm.prank(_whale);
        _token.delegate(_whale);
        skip(4 days);
    }

    // ---- what people do

    /// @dev From the proposal to the queue, with as many citizens for and against as the seed has.
    function decide(uint256 what, uint256 amount, uint256 citizens) external {
        if (_votes.length > 12) return;
        (address[] memory targets, bytes[] memory calls) = _callsOf(what, amount);
        Vote memory vote;
        vote.made = registry.phase();
        vote.ordinary = what % 6 == 0;
        vote.limited = !vote.ordinary;
        string memory number = vm.toString(governor.latestProposalId());
        vm.prank(_whale);
        vote.id = governor.propose(
            targets,
            new uint256[](targets.length),
            calls,
            string.concat(number, "#proposer=", vm.toString(_whale))
        );
        // the phase may begin between the proposal and the end of its vote
        if (amount % 64 == 0) _meddle(0);
        vm.warp(governor.proposalSnapshot(vote.id) + 1);
        vm.prank(_whale);
        governor.castVote(vote.id, 1);
        uint256 against = citizens % 3 == 0 ? 0 : (citizens / 3) % 70;
        uint256 voters = against + (citizens % 2 == 0 ? 0 : 53);
        for (uint256 i = 0; i < voters; ++i) {
            // in a long run some have no credential any more
            (, bool citizen) = _token.votingStateAt(_founder(i), governor.proposalSnapshot(vote.id));
            if (!citizen) continue;
            vm.prank(_founder(i));
            governor.castVote(vote.id, i < against ? 0 : 1);
            if (i < against) ++vote.against;
            else ++vote.inFavour;
        }
        uint256 end = governor.proposalDeadline(vote.id);
        if (amount % 64 == 1) {
            vm.warp(end - ((amount / 16) % 3));
            _meddle(0);
        }
        vm.warp(end + 1);
        bool passes = _passes(vote);
        if ((governor.state(vote.id) == IGovernor.ProposalState.Succeeded) != passes) ++misjudged;
        if (amount % 64 == 2) _meddle(0);
        if ((governor.state(vote.id) == IGovernor.ProposalState.Succeeded) != passes) ++misjudged;
        if (!passes) return;
        try governor.queue(vote.id) {
            _votes.push(vote);
        } catch {
            if (!_outgrown(vote)) ++misjudged;
        }
    }

    /// @dev Carries out what is due, in any order; the payee answers every payment with all that anyone may call.
    function carryOut(uint256 which, uint256 counted) external {
        if (_votes.length == 0) return;
        which %= _votes.length;
        Vote memory vote = _votes[which];
        uint256 eta = governor.proposalEta(vote.id);
        if (block.timestamp < eta) vm.warp(eta);
        uint8 phase = registry.phase();
        bool early = registry.namesIssuersEarly();
        bool outgrown = _outgrown(vote);
        bool allowed = outgrown || _isAllowed(vote.id);
        _arm(counted % 8 == 0 ? (counted / 8) % 80 : 0);
        bool expired = governor.state(vote.id) == IGovernor.ProposalState.Expired;
        try governor.execute(vote.id) {
            if (outgrown || expired) ++misjudged;
            _record(vote.id);
        } catch {
            if (allowed && !outgrown && !expired) ++refusals;
        }
        _observe();
        if (registry.phase() != phase || registry.namesIssuersEarly() != early) ++shifts;
        // of the payee's steps those from the fourth on are nobody's, or nobody's meanwhile
        if (_payee.done() >> 3 != 0) ++trespasses;
        if (early && _active() > 8) ++crowded;
        if (phase < 2 && (_isOverspent(NATIVE) || _isOverspent(address(coin)))) ++overspent;
        _votes[which] = _votes[_votes.length - 1];
        _votes.pop();
    }

    function grow(uint256 counted) external {
        if (counted % 32 == 0) _meddle((counted / 32) % 80);
    }

    function give(uint256 amount, bool native) external {
        amount %= 10_000;
        if (native) payable(address(treasury)).transfer(amount);
        else coin.mint(address(treasury), amount);
    }

    function collect() external {
        _earn();
        treasury.collect(NATIVE);
    }

    function pass(uint256 time) external {
        skip(bound(time, 1, 8 days));
    }

    // ---- what is expected

    /// @dev The citizens are asked by the later of the two phases.
    function _passes(Vote memory vote) private view returns (bool) {
        bool grown = vote.made == 2 || (lastPhaseFrom != 0 && governor.proposalDeadline(vote.id) >= lastPhaseFrom);
        uint256 twentieth = (uint256(governor.BALLOTS().termsOf(vote.id).citizens) + 19) / 20;
        if (!grown || vote.ordinary) {
            return vote.against <= vote.inFavour || vote.against < (twentieth < 10 ? 10 : twentieth);
        }
        return vote.inFavour > vote.against && vote.inFavour + vote.against >= (twentieth < 50 ? 50 : twentieth);
    }

    /// @dev What only the early limits allowed.
    function _outgrown(Vote memory vote) private view returns (bool) {
        return vote.made < 2 && vote.limited && lastPhaseFrom != 0 && block.timestamp >= lastPhaseFrom;
    }

    /// @dev Whether each payment is within what its own token allows after those before it, and each issuer finds a place.
    function _isAllowed(uint256 id) private view returns (bool) {
        (address[] memory targets, , bytes[] memory calls, ) = governor.proposalDetails(id);
        uint256[2] memory left;
        uint256 places = (registry.namesIssuersEarly() ? 8 : 64) - _active();
        for (uint256 i = 0; i < targets.length; ++i) {
            if (targets[i] == address(registry)) {
                if (places == 0) return false;
                --places;
            }
            if (targets[i] != address(treasury)) continue;
            (address token, , uint256 amount) = _paymentOf(calls[i]);
            uint256 paid = left[token == NATIVE ? 0 : 1];
            uint256 recent = _recent(token);
            uint256 held = _held(token);
            if (paid + amount > held) return false;
            if (registry.phase() < 2 && (paid + amount + recent) > (held + recent) / 100) return false;
            left[token == NATIVE ? 0 : 1] += amount;
        }
        return true;
    }

    function _isOverspent(address token) private view returns (bool) {
        uint256 recent = _recent(token);
        return recent > (_held(token) + recent) / 100;
    }

    function _record(uint256 id) private {
        (address[] memory targets, , bytes[] memory calls, ) = governor.proposalDetails(id);
        for (uint256 i = 0; i < targets.length; ++i) {
            if (targets[i] != address(treasury)) continue;
            (address token, , uint256 amount) = _paymentOf(calls[i]);
            _payments.push(Payment(token, block.timestamp, amount));
        }
    }

    function _recent(address token) private view returns (uint256 sum) {
        for (uint256 i = 0; i < _payments.length; ++i) {
            if (_payments[i].token == token && _payments[i].at + 30 days > block.timestamp) sum += _payments[i].amount;
        }
    }

    function _held(address token) private view returns (uint256) {
        return token == NATIVE ? address(treasury).balance : coin.balanceOf(address(treasury));
    }

    function _active() private view returns (uint256 active) {
        for (uint32 id = 1; id <= registry.issuerCount(); ++id) {
            if (registry.issuer(id).retiredAt == 0) ++active;
        }
    }

    // ---- building blocks

    /// @dev A parameter, payments in one or two tokens of which the first goes to the payee, or issuers after one.
    function _callsOf(
        uint256 what,
        uint256 amount
    ) private view returns (address[] memory targets, bytes[] memory calls) {
        uint256 kind = what % 6;
        uint256 total =
            kind == 0
                ? 1
                : kind == 5
                    ? 2 + (amount % 7)
                    : 2;
        (targets, calls) = (new address[](total), new bytes[](total));
        if (kind == 0) {
            (targets[0], calls[0]) = (
                address(_market),
                abi.encodeCall(IMarketSettings.setProtocolFee, (uint16(amount % 501)))
            );
            return (targets, calls);
        }
        targets[0] = address(treasury);
        address first = what % 4 < 2 ? NATIVE : address(coin);
        calls[0] = abi.encodeCall(Treasury.pay, (first, address(_payee), (amount / 32) % 2_000));
        for (uint256 i = 1; i < total; ++i) {
            if (kind == 5) {
                address signer = address(uint160(uint256(keccak256(abi.encode(what, amount, i, block.timestamp)))));
                targets[i] = address(registry);
                calls[i] = abi.encodeCall(CitizenRegistry.appointIssuer, (signer, "others", false));
            } else {
                targets[i] = address(treasury);
                address second = what % 8 < 4 ? NATIVE : address(coin);
                // what the limit leaves, about, or all of it
                uint256 sum = kind == 1 ? _held(second) : (amount / 64) % 12_000;
                calls[i] = abi.encodeCall(Treasury.pay, (second, _thief, sum));
            }
        }
    }

    function _paymentOf(bytes memory data) private pure returns (address token, address to, uint256 amount) {
        bytes memory args = new bytes(data.length - 4);
        for (uint256 i = 0; i < args.length; ++i) args[i] = data[i + 4];
        return abi.decode(args, (address, address, uint256));
    }

    /// @dev Counts citizens and begins the phase if there are enough; and tries what nobody may do while a vote is carried out.
    function _arm(uint256 counted) private {
        // so that only the execution forbids to collect it
        _earn();
        uint256 last = _next + counted < FOUNDERS ? _next + counted : FOUNDERS;
        Meddler.Step[] memory steps = new Meddler.Step[](8 + _votes.length);
        steps[0] = Meddler.Step(address(this), abi.encodeCall(this.count, (last)));
        steps[1] = Meddler.Step(address(registry), abi.encodeCall(CitizenRegistry.advancePhase, ()));
        steps[2] = Meddler.Step(address(this), abi.encodeCall(this.give, (99, counted % 2 == 0)));
        steps[3] = Meddler.Step(address(treasury), abi.encodeCall(Treasury.collect, (NATIVE)));
        steps[4] = Meddler.Step(address(treasury), abi.encodeCall(Treasury.pay, (NATIVE, _thief, 1)));
        bytes memory appointment = abi.encodeCall(CitizenRegistry.appointIssuer, (_thief, "others", false));
        steps[5] = Meddler.Step(address(registry), appointment);
        steps[6] = Meddler.Step(address(governor), abi.encodeCall(governor.relay, (_thief, 0, "")));
        steps[7] = Meddler.Step(address(_token), abi.encodeCall(GovernanceToken.setRegistry, (registry)));
        for (uint256 i = 0; i < _votes.length; ++i) {
            bytes memory execution = abi.encodeWithSignature("execute(uint256)", _votes[i].id);
            steps[8 + i] = Meddler.Step(address(governor), execution);
        }
        _payee.arm(steps);
    }

    /// @dev An income of the treasury, which waits in the ledger.
    function _earn() private {
        Credit[] memory credits = new Credit[](1);
        credits[0] = Credit(address(treasury), 1_000);
        _ledger.credit{value: 1_000}(NATIVE, credits);
    }

    /// @notice Counts founders up to one; anyone may call.
    function count(uint256 last) external {
        if (msg.sender != address(_payee) && msg.sender != address(this)) return;
        for (; _next < last; ++_next) _token.reweigh(_founder(_next));
    }

    function _meddle(uint256 counted) private {
        this.count(_next + counted + 10 < FOUNDERS ? _next + counted + 10 : FOUNDERS);
        try registry.advancePhase() {} catch {}
        _observe();
    }

    /// @dev A phase begins in the second after the one in which somebody began it.
    function _observe() private {
        uint256 from = registry.phaseBeginsAt(2);
        if (from == lastPhaseFrom) return;
        if (lastPhaseFrom != 0 || from != block.timestamp + 1 || registry.phase() != 1) ++shifts;
        lastPhaseFrom = from;
    }

    function _founder(uint256 i) private pure returns (address) {
        return address(uint160(0xF0000 + i));
    }

    function _found() private {
        for (uint256 first = 0; first < FOUNDERS; first += ISSUERS * QUOTA) {
            for (uint256 i = first; i < first + ISSUERS * QUOTA; ++i) {
                bytes memory proof = abi.encode(keccak256(abi.encode(i)), uint48(block.timestamp + 729 days));
                vm.prank(_founder(i));
                registry.claim(1 + uint32(i % ISSUERS), proof);
            }
            skip(30 days);
            for (uint256 i = first; i < first + ISSUERS * QUOTA && i < COUNTED; ++i) _token.reweigh(_founder(i));
            if (registry.phase() == 0) {
                registry.advancePhase();
                skip(1);
            }
        }
    }
}
