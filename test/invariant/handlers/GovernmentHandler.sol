// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Authority} from "../../../contracts/governance/Authority.sol";
import {IBallotBox, Tally, Terms} from "../../../contracts/governance/IBallotBox.sol";
import {GovernanceToken} from "../../../contracts/governance/GovernanceToken.sol";
import {GuardianDesk} from "../../../contracts/governance/GuardianDesk.sol";
import {ProposalKind} from "../../../contracts/governance/IProposalRules.sol";
import {IsonomyGovernor} from "../../../contracts/governance/IsonomyGovernor.sol";
import {Timelock} from "../../../contracts/governance/Timelock.sol";
import {Treasury} from "../../../contracts/governance/Treasury.sol";
import {CitizenRegistry} from "../../../contracts/identity/CitizenRegistry.sol";
import {Credential, ICitizenRegistry} from "../../../contracts/identity/ICitizenRegistry.sol";
import {IMarket} from "../../../contracts/market/IMarket.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {ITreasuryPointer} from "../../../contracts/utils/ITreasuryPointer.sol";
import {OpenAdapter} from "../../contracts/governance/GovernmentMocks.sol";
import {Book, Deployment} from "./Deployment.sol";
import {Tally as Outcomes} from "./Tally.sol";

/// @notice The whole government in phase 1, or grown to phase 2, and everything people do with it.
contract GovernmentHandler is Outcomes {
    uint256 internal constant ACTORS = 12;
    uint256 internal constant ISSUERS = 3;
    /// @dev An issuer of another domain, which uses the same values for other people.
    uint32 internal constant FOREIGNER = 4;
    /// @dev How long another issuer has to vouch before it takes a credential over.
    uint256 internal constant CHANGE_PERIOD = 90 days;
    /// @dev What an issuer may add within a month while citizens are few.
    uint256 internal constant QUOTA = 50;

    /// @notice Long enough to wait until tokens that were bought after the snapshot have been held for three days.
    uint32 public constant VOTING_PERIOD = 5 days;

    /// @dev Fewest citizens who take part in what needs both majorities.
    uint256 internal turnoutFloor = 50;

    uint256 public immutable FOUNDERS;
    uint8 public immutable PHASE;

    Authority public authority;
    Timelock public timelock;
    GovernanceToken public token;
    CitizenRegistry public registry;
    Treasury public treasury;
    IsonomyGovernor public governor;
    IBallotBox public ballots;
    IMarket public market;
    GuardianDesk public desk;
    address public guardian = makeAddr("guardian");
    address[] public holders;

    uint256 public trespasses;
    uint256 public badExecutions;
    uint256 public executions;
    uint256 public pauses;
    uint256 public latestPhase;
    uint256 public lastTime;
    uint256 public lastUnits;
    uint256 public lastCitizens;
    /// @notice Credentials renewed by an issuer of another domain; people who lost a citizen's credential to another account; changes of the
    /// issuer before the new one had vouched for ninety days; phases that were counted otherwise than by seasoned citizens.
    uint256 public crossings;
    uint256 public thefts;
    uint256 public hastyChanges;
    uint256 public miscounts;
    /// @notice Majorities of an issuer that were recorded or refused against what the citizens counted say.
    uint256 public misrecorded;
    /// @notice Founders who left, by the issuer that vouched for them.
    mapping(uint32 issuerId => uint256 count) public gone;
    /// @notice Mints of more than 2 %, or within a year of the one before.
    uint256 public overmints;
    uint256 public lastMintAt;
    /// @notice For each proposal, the part of each voter's For units, over all its ballots, that is large; and how many ballots added to it.
    mapping(uint256 proposalId => uint256) public largeForUnits;
    mapping(uint256 proposalId => uint256) public forBallots;
    /// @notice When an issuer first vouched for an account under the credential that was issued at `since`.
    mapping(address account => mapping(uint48 since => mapping(uint32 issuerId => uint256))) public vouchedAt;

    constructor(bool grown) {
        (FOUNDERS, PHASE) = grown ? (1_050, 2) : (100, 1);
        vm.warp(1_800_000_000);
        Book memory book = Deployment.load();
        authority = Authority(book.at("Authority"));
        timelock = Timelock(book.at("Timelock"));
        token = GovernanceToken(book.at("GovernanceToken"));
        registry = CitizenRegistry(book.at("CitizenRegistry"));
        treasury = Treasury(book.at("Treasury"));
        governor = IsonomyGovernor(book.at("IsonomyGovernor"));
        ballots = IBallotBox(book.at("BallotBox"));
        market = IMarket(book.at("Market"));
        desk = GuardianDesk(book.at("GuardianDesk"));
        _distribute();
        lastMintAt = block.timestamp;
        // years without a mint, which are lost; before phase 2 nothing is minted
        if (grown) skip(900 days);
        for (uint256 i = 0; i < ISSUERS; ++i) _appoint("persons");
        _appoint("others");
        vm.deal(address(treasury), 1_000 ether);
        _found();
        for (uint256 i = 0; i < ACTORS; ++i) {
            _claim(holders[i], 1 + uint32(i % 2), 600 days);
            vouchedAt[holders[i]][uint48(block.timestamp)][1 + uint32(i % 2)] = block.timestamp;
        }
        for (uint256 i = 0; i < ACTORS; i += 2) _delegate(holders[i], holders[i]);
        skip(4 days);
        if (grown) _renewMandate();
        _remember();
        _action(GovernmentHandler.recordMajority.selector, "recordMajority");
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external {
        address sender = _holder(from);
        amount = bound(amount, 0, token.balanceOf(sender));
        vm.prank(sender);
        token.transfer(_holder(to), amount);
    }

    /// @dev Half of the time to oneself, sometimes to nobody.
    function delegate(uint256 who, uint256 to) external {
        address account = _holder(who);
        _delegate(
            account,
            to % 8 == 0
                ? address(0)
                : to % 2 == 0
                    ? account
                    : _holder(to)
        );
    }

    function reweigh(uint256 who) external {
        token.reweigh(_holder(who));
    }

    /// @dev Sometimes with the value of another holder: a person who moves to this account, or whom an issuer gives to it.
    function claim(uint256 who, uint256 issuer, uint256 validity, uint256 person) external {
        address account = _holder(who);
        uint32 issuerId = uint32(bound(issuer, 1, FOREIGNER));
        bytes32 nullifier = _nullifierOf(person % 3 == 0 ? _holder(person / 3) : account);
        bytes32 domain = registry.issuer(issuerId).domain;
        Credential memory before = registry.credentialOf(account);
        bool live = _isLive(account);
        address holder = registry.holderOf(domain, nullifier);
        bool taken =
            holder != account &&
                registry.isCitizen(holder) &&
                registry.credentialOf(holder).nullifier == nullifier &&
                _domainOf(holder) == domain;
        bytes memory proof = abi.encode(nullifier, uint48(block.timestamp + bound(validity, 1 days, 700 days)));
        vm.prank(account);
        try registry.claim(issuerId, proof) {
            if (taken) ++thefts;
            _recordClaim(account, issuerId, live, before);
        } catch {
            bool renews = live && before.issuerId == issuerId && before.nullifier == nullifier;
            // claim(invariants#government-and-citizens): the issuer that vouches can renew a live credential at any
            //   time, also during a suspension | a guardian that takes a cohort's votes
            require(!renews, "the issuer that vouches could not renew");
        }
    }

    function _recordClaim(address account, uint32 issuerId, bool renewed, Credential memory before) private {
        Credential memory current = registry.credentialOf(account);
        uint256 first = vouchedAt[account][current.since][issuerId];
        if (first == 0) vouchedAt[account][current.since][issuerId] = block.timestamp;
        if (!renewed) return;
        if (registry.issuer(issuerId).domain != registry.issuer(before.issuerId).domain) ++crossings;
        bool changed = current.issuerId != before.issuerId;
        if (changed && (first == 0 || first + CHANGE_PERIOD > block.timestamp)) ++hastyChanges;
    }

    /// @dev The issuer of a holder ends the credential, and may give the value to somebody else in a later claim.
    function revoke(uint256 who) external {
        address account = _holder(who);
        if (!_isLive(account)) return;
        vm.prank(registry.issuer(registry.credentialOf(account).issuerId).signer);
        registry.revoke(account);
    }

    /// @dev Never enough citizens for another phase: what is refused says how they were counted.
    function advance() external {
        uint256 contributing = 0;
        uint256 largest = 0;
        for (uint32 id = 1; id <= FOREIGNER; ++id) {
            uint256 seasoned = _seasonedBy(id);
            if (seasoned > 0) ++contributing;
            if (seasoned > largest) largest = seasoned;
        }
        bytes memory refusal = abi.encodeWithSelector(
            ICitizenRegistry.CitizenRegistry_PhaseNotReached.selector,
            PHASE + 1,
            registry.citizens(),
            contributing,
            largest
        );
        try registry.advancePhase() {
            ++miscounts;
        } catch (bytes memory reason) {
            if (keccak256(reason) != keccak256(refusal)) ++miscounts;
        }
    }

    /// @dev All founders of the other issuers leave at once, in one run of a few: so the founders who stay are more than half.
    function leave(uint256 issuer, uint256 seed) external {
        if (PHASE != 1 || seed % 16 != 0) return;
        uint32 staying = uint32(bound(issuer, 1, ISSUERS));
        for (uint256 i = 0; i < FOUNDERS; ++i) {
            (address founder, uint32 id) = _founder(i);
            if (id == staying || !registry.credentialOf(founder).seasoned) continue;
            if (_isLive(founder)) {
                vm.prank(founder);
                registry.renounce();
            } else {
                // it ended by itself, and is still counted
                token.reweigh(founder);
            }
            ++gone[id];
        }
    }

    /// @dev Half of the time for the issuer with the most citizens; also for one that does not exist.
    function recordMajority(uint256 issuer) external counted {
        uint32 id = uint32(bound(issuer, 1, FOREIGNER + 1));
        if (issuer % 2 == 0) {
            for (uint32 other = 1; other <= FOREIGNER; ++other) if (_seasonedBy(other) > _seasonedBy(id)) id = other;
        }
        uint256 seasoned = _seasonedBy(id);
        uint256 counted_ = registry.citizens();
        bytes memory refusal = abi.encodeWithSelector(
            ICitizenRegistry.CitizenRegistry_NoMajority.selector,
            id,
            seasoned,
            counted_
        );
        try registry.recordMajority(id) {
            if (2 * seasoned <= counted_ || registry.majorityAt(block.timestamp) != id) ++misrecorded;
            _done();
        } catch (bytes memory reason) {
            if (2 * seasoned > counted_ || keccak256(reason) != keccak256(refusal)) ++misrecorded;
        }
    }

    function renounce(uint256 who) external {
        address account = _holder(who);
        if (token.standingOf(account).endsAt <= block.timestamp) return;
        vm.prank(account);
        registry.renounce();
    }

    function pass(uint256 time) external {
        _remember();
        skip(bound(time, 1 minutes, 2 days));
    }

    /// @dev A parameter, a small payment or a new issuer of another domain, which leaves the limits of ours alone; once grown, also what
    /// moves money and what changes the constitution.
    function propose(uint256 who, uint256 what, uint256 amount) external {
        address proposer = _holder(who);
        if (governor.getVotes(proposer, block.timestamp - 1) < governor.proposalThreshold()) return;
        (address[] memory targets, bytes[] memory calldatas) = (new address[](1), new bytes[](1));
        uint256 choice = what % (PHASE == 2 ? 6 : 3);
        if (choice == 0) {
            (targets[0], calldatas[0]) = (
                address(market),
                abi.encodeCall(IMarketSettings.setProtocolFee, (uint16(amount % 501)))
            );
        } else if (choice == 3) {
            targets[0] = address(treasury);
            calldatas[0] = abi.encodeCall(Treasury.pay, (address(0), address(uint160(0xBEEF)), amount % 1 ether));
        } else if (choice == 4) {
            (targets[0], calldatas[0]) = (
                address(market),
                abi.encodeCall(ITreasuryPointer.setTreasury, (address(this)))
            );
        } else if (choice == 5) {
            // as much as a year allows, or twice that
            uint256 minted = amount % (token.totalSupply() / 25);
            (targets[0], calldatas[0]) = (address(token), abi.encodeCall(GovernanceToken.mint, (proposer, minted)));
        } else if (choice == 1) {
            targets[0] = address(treasury);
            calldatas[0] = abi.encodeCall(Treasury.pay, (address(0), address(uint160(0xBEEF)), amount % 0.1 ether));
        } else {
            address signer = address(uint160(uint256(keccak256(abi.encode(what, amount, block.timestamp)))));
            targets[0] = address(registry);
            calldatas[0] = abi.encodeCall(CitizenRegistry.appointIssuer, (signer, "others", false));
        }
        _propose(proposer, targets, calldatas);
    }

    function _propose(address proposer, address[] memory targets, bytes[] memory calldatas) private {
        string memory number = vm.toString(governor.latestProposalId());
        string memory description = string.concat(number, "#proposer=", vm.toString(proposer));
        vm.prank(proposer);
        governor.propose(targets, new uint256[](1), calldatas, description);
    }

    function vote(uint256 who, uint256 proposal, uint8 support, bool founder) external {
        uint256 id = _inState(proposal, IGovernor.ProposalState.Active);
        if (id == 0) return;
        _vote(id, founder ? _founderAt(who % FOUNDERS) : _holder(who), support % 8);
    }

    function voteInParts(uint256 who, uint256 proposal, uint256 a, uint256 f, bool house) external {
        uint256 id = _inState(proposal, IGovernor.ProposalState.Active);
        if (id == 0) return;
        address voter = _holder(who);
        (uint256 weight, ) = token.votingStateAt(voter, governor.proposalSnapshot(id));
        (uint256 used, , ) = ballots.ballotOf(id, voter);
        if (weight <= used + 1) return;
        uint128 against = uint128(bound(a, 0, weight - used - 1));
        uint128 inFavour = uint128(bound(f, 1, weight - used - against));
        bytes memory params = abi.encodePacked(against, inFavour, uint128(0));
        if (house) params = abi.encodePacked(params, uint8(1));
        _cast(id, voter, abi.encodeCall(governor.castVoteWithReasonAndParams, (id, 255, "", params)));
    }

    /// @dev A voter's large part follows from all its For units together.
    function _cast(uint256 id, address voter, bytes memory ballot) private {
        (, uint256 before, ) = ballots.ballotOf(id, voter);
        (, bool citizen) = token.votingStateAt(voter, governor.proposalSnapshot(id));
        vm.prank(voter);
        (bool counted, ) = address(governor).call(ballot);
        require(counted, "a ballot was refused");
        (, uint256 usedFor, ) = ballots.ballotOf(id, voter);
        if (usedFor == before) return;
        largeForUnits[id] += _largePart(usedFor, citizen) - _largePart(before, citizen);
        ++forBallots[id];
    }

    /// @dev The citizens for whom an issuer vouches, one by one.
    function _seasonedBy(uint32 id) private view returns (uint256 seasoned) {
        if (id <= ISSUERS) seasoned = FOUNDERS / ISSUERS + (id <= FOUNDERS % ISSUERS ? 1 : 0) - gone[id];
        for (uint256 i = 0; i < ACTORS; ++i) {
            Credential memory held = registry.credentialOf(holders[i]);
            if (held.seasoned && held.issuerId == id) ++seasoned;
        }
    }

    function _founder(uint256 i) private pure returns (address account, uint32 issuerId) {
        return (_founderAt(i), 1 + uint32(i % ISSUERS));
    }

    function _founderAt(uint256 i) private pure returns (address account) {
        return address(uint160(0xF0000 + i));
    }

    function _largePart(uint256 inFavour, bool citizen) private view returns (uint256) {
        uint256 small = citizen ? token.CURVE_CAP() : 0;
        return inFavour > small ? inFavour - small : 0;
    }

    /// @dev Brings a proposal to its end with many voting, so that something is decided often.
    function decide(uint256 proposal, uint256 against) external {
        uint256 id = _inState(proposal, IGovernor.ProposalState.Active);
        if (id != 0) _decide(id, against);
    }

    /// @dev A proposal from its first day to its last, so that every kind is carried out often.
    function govern(uint256 who, uint256 what, uint256 against) external {
        uint256 before = governor.latestProposalId();
        this.propose(who, what, against);
        uint256 id = governor.latestProposalId();
        if (id == before) return;
        _remember();
        vm.warp(governor.proposalSnapshot(id) + 1);
        _decide(id, against);
        if (governor.state(id) != IGovernor.ProposalState.Succeeded) return;
        governor.queue(id);
        _execute(id);
    }

    /// @dev A mint that the citizens agree to, from its first day to its last: without it hardly any run sees two within a year.
    function inflate(uint256 who, uint256 amount) external {
        if (PHASE != 2) return;
        uint256 before = governor.latestProposalId();
        this.propose(who, 5, amount);
        uint256 id = governor.latestProposalId();
        if (id == before) return;
        _remember();
        vm.warp(governor.proposalSnapshot(id) + 1);
        _decide(id, 30);
        if (governor.state(id) != IGovernor.ProposalState.Succeeded) return;
        governor.queue(id);
        _execute(id);
    }

    function _decide(uint256 id, uint256 against) private {
        // enough for a veto, and once grown for the turnout that money and the constitution take, or just not enough
        uint256 voters = PHASE == 1 ? 22 : 40 + (against % 40);
        against = bound(against, 0, voters / 2 + 1);
        for (uint256 i = 0; i < voters; ++i) {
            address voter = i < ACTORS ? holders[i] : _founderAt(i);
            _vote(id, voter, i >= voters - against ? 0 : 2);
        }
        _remember();
        vm.warp(governor.proposalDeadline(id) + 1);
    }

    function queue(uint256 proposal) external {
        uint256 id = _inState(proposal, IGovernor.ProposalState.Succeeded);
        if (id != 0) governor.queue(id);
    }

    /// @dev The treasury may refuse what the early limit does not allow: only then the call fails.
    function execute(uint256 proposal) external {
        uint256 id = _inState(proposal, IGovernor.ProposalState.Queued);
        if (id != 0) _execute(id);
    }

    function _execute(uint256 id) private {
        _remember();
        uint256 eta = governor.proposalEta(id);
        if (block.timestamp < eta) {
            try governor.execute(id) {
                ++badExecutions;
                return;
            } catch {
                vm.warp(eta);
            }
        }
        bool allowed = _conditionsHold(id);
        (address[] memory targets, , , ) = governor.proposalDetails(id);
        uint256 supply = token.totalSupply();
        bool mayMint = block.timestamp >= lastMintAt + 365 days;
        try governor.execute(id) {
            ++executions;
            if (!allowed) ++badExecutions;
            if (targets[0] != address(token)) return;
            if (!mayMint || token.totalSupply() > supply + supply / 50) ++overmints;
            lastMintAt = block.timestamp;
        } catch {
            require(
                targets[0] == address(treasury) ||
                    targets[0] == address(token) ||
                    registry.issuerCount() == (PHASE == 1 ? 8 : 64),
                "execution failed"
            );
        }
    }

    function cancel(uint256 proposal) external {
        uint256 id = _inState(proposal, IGovernor.ProposalState.Queued);
        if (id == 0 || proposal % 4 != 0 || block.timestamp >= governor.guardianMandateEndsAt()) return;
        vm.prank(guardian);
        governor.cancel(id);
    }

    /// @dev Every privileged function, tried by a holder and by the guardian, by itself and through the desk.
    function trespass(uint256 who, uint256 what) external {
        address intruder = what % 2 == 0 ? guardian : _holder(who);
        (address target, bytes memory data) = _privileged((what / 4) % 22, intruder);
        if (what % 4 > 1) (target, data) = (address(desk), abi.encodeCall(GuardianDesk.forward, (target, data)));
        vm.prank(intruder);
        (bool entered, ) = target.call(data);
        if (entered) ++trespasses;
    }

    // claim(invariants#government-and-citizens): the guardian cancels and pauses while its mandate lasts; it executes
    //   and changes nothing | a guardian that governs
    /// @dev The guardian's pause, tried by accounts other than the guardian, and by the guardian past the desk.
    function usurp(uint256 who) external {
        bytes memory pause = abi.encodeCall(CitizenRegistry.pauseIssuance, ());
        vm.prank(_holder(who));
        try desk.forward(address(registry), pause) {
            ++trespasses;
        } catch {}
        vm.prank(who % 2 == 0 ? guardian : _holder(who));
        try registry.pauseIssuance() {
            ++trespasses;
        } catch {}
    }

    function pauseIssuance(uint256 seed) external {
        uint256 last = registry.pausedUntil();
        if (seed % 16 != 0 || (last != 0 && block.timestamp < last + 53 days)) return;
        vm.prank(guardian);
        try desk.forward(address(registry), abi.encodeCall(CitizenRegistry.pauseIssuance, ())) {
            if (block.timestamp >= governor.guardianMandateEndsAt()) ++trespasses;
            ++pauses;
            _remember();
            if (seed % 32 == 0) skip(7 days);
        } catch {
            require(block.timestamp >= governor.guardianMandateEndsAt(), "the guardian could not pause");
        }
    }

    function holderCount() external view returns (uint256) {
        return holders.length;
    }

    /// @notice The units of all who delegate, one by one.
    function units() public view returns (uint256 sum) {
        for (uint256 i = 0; i < holders.length; ++i) {
            if (token.delegates(holders[i]) != address(0)) sum += token.unitsOf(holders[i]);
        }
    }

    /// @dev Support 0 is against, 1 abstains, anything else is for.
    function _vote(uint256 id, address voter, uint8 support) private {
        (uint256 weight, bool citizen) = token.votingStateAt(voter, governor.proposalSnapshot(id));
        (uint256 used, , bool voted) = ballots.ballotOf(id, voter);
        if (weight <= used && (!citizen || voted)) return;
        if (support < 2) support *= 2;
        else support = 1;
        _cast(id, voter, abi.encodeCall(governor.castVote, (id, support)));
    }

    /// @dev All conditions of the proposal's kind and phase, read from the tally: both houses, the quorum, and the shortest wait.
    function _conditionsHold(uint256 id) private view returns (bool) {
        Tally memory tally = ballots.tallyOf(id);
        Terms memory terms = ballots.termsOf(id);
        uint256 veto = (uint256(terms.citizens) + 19) / 20;
        if (veto < 10) veto = 10;
        uint256 wanted = (token.getPastTotalSupply(governor.proposalSnapshot(id)) * 4) / 100;
        uint256 floor = (token.getPastTokenSupply(governor.proposalSnapshot(id)) * 2) / 100;
        if (wanted < floor) wanted = floor;
        bool ordinary = terms.kind == ProposalKind.Parameters;
        if (PHASE == 1 && !ordinary) wanted *= 2;
        bool tokenHouse =
            terms.quorumUnits == wanted &&
                tally.forUnits + tally.abstainUnits >= wanted &&
                tally.forUnits > tally.againstUnits;
        bool citizensHouse =
            PHASE == 2 && !ordinary
                ? tally.forCitizens > tally.againstCitizens && _turnout(tally) >= _turnoutWanted(terms)
                : tally.againstCitizens <= tally.forCitizens || tally.againstCitizens < veto;
        uint256 wait =
            ordinary
                ? 2 days
                : terms.kind == ProposalKind.Money
                    ? 4 days
                    : 7 days;
        return
            terms.phase == PHASE &&
            tokenHouse &&
            citizensHouse &&
            block.timestamp >= governor.proposalDeadline(id) + wait;
    }

    function _turnout(Tally memory tally) private pure returns (uint256) {
        return uint256(tally.forCitizens) + tally.againstCitizens + tally.abstainCitizens;
    }

    /// @dev A twentieth of the citizens, and at least fifty.
    function _turnoutWanted(Terms memory terms) private view returns (uint256 wanted) {
        wanted = (uint256(terms.citizens) + 19) / 20;
        if (wanted < turnoutFloor) wanted = turnoutFloor;
    }

    function _privileged(uint256 i, address intruder) private view returns (address, bytes memory) {
        if (i == 0) return (address(token), abi.encodeCall(GovernanceToken.mint, (intruder, 1)));
        if (i == 1) return (address(token), abi.encodeCall(GovernanceToken.setRegistry, (registry)));
        if (i == 2) return (address(registry), abi.encodeCall(CitizenRegistry.appointIssuer, (intruder, "x", false)));
        if (i == 3) return (address(registry), abi.encodeCall(CitizenRegistry.disavowIssuer, (1)));
        if (i == 4) return (address(registry), abi.encodeCall(CitizenRegistry.retireIssuer, (1)));
        if (i == 5) return (address(treasury), abi.encodeCall(Treasury.pay, (address(0), intruder, 1)));
        if (i == 6) return (address(authority), abi.encodeCall(IAccessManager.grantRole, (0, intruder, 0)));
        if (i == 7) return (address(governor), abi.encodeCall(governor.relay, (intruder, 0, "")));
        if (i == 8) return (address(timelock), abi.encodeCall(Timelock.updateDelay, (1 days)));
        return i < 16 ? _ofTheKeys(i, intruder) : _ofTheGovernor(i, intruder);
    }

    function _ofTheKeys(uint256 i, address intruder) private view returns (address, bytes memory) {
        bytes memory fee = abi.encodeCall(IMarketSettings.setProtocolFee, (1));
        if (i == 9) return (address(market), fee);
        if (i == 10) return (address(market), abi.encodeCall(ITreasuryPointer.setTreasury, (intruder)));
        if (i == 11) return (address(market), abi.encodeCall(IMarketSettings.setPayToken, (intruder, true, 0)));
        if (i == 12)
            return (address(authority), abi.encodeCall(IAccessManager.setTargetClosed, (address(market), true)));
        if (i == 13) return (address(authority), abi.encodeCall(IAccessManager.execute, (address(market), fee)));
        if (i == 14)
            return (address(authority), abi.encodeCall(IAccessManager.updateAuthority, (address(market), intruder)));
        TimelockController lock = TimelockController(payable(timelock));
        return (address(lock), abi.encodeCall(lock.schedule, (address(market), 0, fee, 0, 0, 30 days)));
    }

    function _ofTheGovernor(uint256 i, address intruder) private view returns (address, bytes memory) {
        bytes memory fee = abi.encodeCall(IMarketSettings.setProtocolFee, (1));
        if (i == 16) return (address(timelock), abi.encodeCall(timelock.execute, (address(market), 0, fee, 0, 0)));
        if (i == 17) return (address(timelock), abi.encodeCall(timelock.grantRole, (bytes32(0), intruder)));
        if (i == 18) return (address(governor), abi.encodeCall(governor.setProposalGuardian, (intruder)));
        if (i == 19) return (address(governor), abi.encodeCall(governor.setVotingPeriod, (4 days)));
        if (i == 20) return (address(ballots), abi.encodeCall(IBallotBox.open, (1, ProposalKind.Parameters, 0, 1)));
        return (address(ballots), abi.encodeCall(IBallotBox.cast, (1, intruder, 1, "", 0, 0)));
    }

    // claim(invariants#government-and-citizens): the phase never falls | those who lost a vote
    function _remember() private {
        (lastTime, lastUnits, lastCitizens) = (block.timestamp, units(), registry.citizens());
        if (registry.phase() < latestPhase) ++trespasses;
        latestPhase = registry.phase();
    }

    function _delegate(address account, address to) private {
        vm.prank(account);
        token.delegate(to);
    }

    function _claim(address account, uint32 issuerId, uint256 validity) private {
        bytes memory proof = abi.encode(_nullifierOf(account), uint48(block.timestamp + validity));
        vm.prank(account);
        registry.claim(issuerId, proof);
    }

    function _nullifierOf(address account) private pure returns (bytes32) {
        return keccak256(abi.encode(account));
    }

    function _isLive(address account) private view returns (bool) {
        Credential memory held = registry.credentialOf(account);
        return held.revokedAt == 0 && held.validUntil > block.timestamp;
    }

    function _domainOf(address account) private view returns (bytes32) {
        return registry.issuer(registry.credentialOf(account).issuerId).domain;
    }

    function _holder(uint256 seed) private view returns (address) {
        return holders[seed % ACTORS];
    }

    /// @dev A proposal in this state, searched from a random one on; 0 if there is none among the last few.
    function _inState(uint256 seed, IGovernor.ProposalState wanted) private view returns (uint256) {
        uint256 count = governor.latestProposalId();
        uint256 recent = count < 6 ? count : 6;
        for (uint256 i = 0; i < recent; ++i) {
            uint256 id = count - (((seed % recent) + i) % recent);
            if (governor.state(id) == wanted) return id;
        }
        return 0;
    }

    /// @dev Founding citizens without tokens, as fast as the issuers may add them, then the phase.
    function _found() private {
        uint256 perMonth = PHASE == 1 ? FOUNDERS : ISSUERS * QUOTA;
        for (uint256 first = 0; first < FOUNDERS; first += perMonth) {
            for (uint256 i = first; i < first + perMonth; ++i) {
                (address founder, uint32 id) = _founder(i);
                _claim(founder, id, 700 days);
            }
            skip(30 days);
            for (uint256 i = first; i < first + perMonth; ++i) token.reweigh(_founderAt(i));
            if (registry.phase() == 0) registry.advancePhase();
        }
        if (PHASE == 2) registry.advancePhase();
    }

    /// @dev Each holder has twice as much as the one before, the last one also what that leaves.
    function _distribute() private {
        address whale = makeAddr("whale");
        uint256 unit = token.balanceOf(whale) / ((1 << ACTORS) - 1);
        for (uint256 i = 0; i < ACTORS; ++i) {
            holders.push(address(uint160(0xA0000 + i)));
            uint256 amount = i == ACTORS - 1 ? token.balanceOf(whale) : unit << i;
            vm.prank(whale);
            token.transfer(holders[i], amount);
        }
    }

    /// @dev As a vote would, at a time when nobody can vote yet.
    function _appoint(bytes32 domain) private {
        address adapter = address(new OpenAdapter());
        vm.prank(address(timelock));
        registry.appointIssuer(adapter, domain, true);
    }

    /// @dev The guardian's first mandate ended in the years without a mint: both houses give another.
    function _renewMandate() private {
        (address[] memory targets, bytes[] memory calldatas) = (new address[](1), new bytes[](1));
        (targets[0], calldatas[0]) = (address(governor), abi.encodeCall(governor.setProposalGuardian, (guardian)));
        _propose(holders[ACTORS - 2], targets, calldatas);
        uint256 id = governor.latestProposalId();
        vm.warp(governor.proposalSnapshot(id) + 1);
        for (uint256 i = 0; i < ACTORS + 60; ++i) _vote(id, i < ACTORS ? holders[i] : _founderAt(i), 2);
        vm.warp(governor.proposalDeadline(id) + 1);
        governor.queue(id);
        vm.warp(governor.proposalEta(id));
        governor.execute(id);
    }
}
