// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";

import {ICitizenRegistry, LAST_PHASE} from "../identity/ICitizenRegistry.sol";
import {IReweigh} from "../identity/IReweigh.sol";
import {BPS} from "../utils/Bps.sol";
import {GenesisVesting} from "./GenesisVesting.sol";
import {GenesisHolding, IGovernanceToken, Standing} from "./IGovernanceToken.sol";
import {VotingUnits} from "./VotingUnits.sol";

/// @title GovernanceToken
/// @notice See {IGovernanceToken}: purpose, glossary, invariants, trusted parties.
/// @dev Delegated votes are the sum of two parts. The balances are moved by OpenZeppelin's own code. The citizens'
/// bonus is moved beside them, and only to and from the citizen itself: lending tokens to citizens who delegate back
/// would otherwise multiply them.
contract GovernanceToken is IGovernanceToken, IReweigh, ERC20Permit, ERC20Votes, AccessManaged {
    using Checkpoints for Checkpoints.Trace208;

    /// @notice `CURVE_CAP` as a part of the genesis supply.
    uint256 public constant CURVE_CAP_BPS = 75;
    /// @notice What insiders may hold of the genesis supply, all of it vested.
    uint256 public constant INSIDER_CAP_BPS = 2_000;
    /// @notice What one mint may add to the supply.
    uint256 public constant MINT_CAP_BPS = 200;
    /// @notice The time between two mints.
    uint256 public constant MINT_INTERVAL = 365 days;
    /// @notice How long before the snapshot units must have been held to count.
    uint256 public constant HOLDING_PERIOD = 3 days;
    /// @notice How old a credential must be to make a citizen.
    uint256 public constant SEASONING = 30 days;

    /// @dev Tallies hold units in 104 bits, and no distribution makes more than `MAX_SLOPE` units of a token.
    uint256 private constant SUPPLY_LIMIT = uint256(type(uint104).max) / VotingUnits.MAX_SLOPE;

    /// @inheritdoc IGovernanceToken
    uint256 public immutable CURVE_CAP;
    uint256 private immutable CURVE_OFFSET;
    uint256 private immutable CURVE_BASE;

    /// @inheritdoc IGovernanceToken
    ICitizenRegistry public registry;
    /// @notice When tokens were last minted, in Unix time; the genesis counts.
    uint48 public lastMintAt;

    mapping(address account => Standing) private _standings;
    Checkpoints.Trace208 private _supply;

    /// @param authority The Authority that says who may call the restricted functions.
    /// @param genesis Who holds what from the start. Not the deployer.
    constructor(
        address authority,
        GenesisHolding[] memory genesis
    ) ERC20("Isonomy", "ISO") ERC20Permit("Isonomy") AccessManaged(authority) {
        uint256 vested = 0;
        for (uint256 i = 0; i < genesis.length; ++i) {
            GenesisHolding memory line = genesis[i];
            require(line.holder != msg.sender, GovernanceToken_DeployerHolds(msg.sender));
            if (line.duration == 0) {
                _mint(line.holder, line.amount);
                continue;
            }
            vested += line.amount;
            uint64 start = uint64(block.timestamp);
            address wallet = address(new GenesisVesting(line.holder, start, line.duration, line.cliff));
            _mint(wallet, line.amount);
            emit GenesisVested(line.holder, wallet, line.amount, line.cliff, line.duration);
        }
        uint256 supply = totalSupply();
        CURVE_CAP = (supply * CURVE_CAP_BPS) / BPS;
        CURVE_OFFSET = VotingUnits.offsetOf(CURVE_CAP);
        CURVE_BASE = VotingUnits.baseOf(CURVE_CAP, CURVE_OFFSET);
        require(CURVE_OFFSET != 0, GovernanceToken_BadSupply(supply, SUPPLY_LIMIT));
        require(vested * BPS <= supply * INSIDER_CAP_BPS, GovernanceToken_TooMuchVested(vested, supply));
        lastMintAt = Time.timestamp();
    }

    /// @inheritdoc IGovernanceToken
    function mint(address to, uint256 amount) external restricted {
        uint256 nextAt = lastMintAt + MINT_INTERVAL;
        require(block.timestamp >= nextAt, GovernanceToken_MintTooSoon(nextAt));
        uint256 limit = (totalSupply() * MINT_CAP_BPS) / BPS;
        require(amount <= limit, GovernanceToken_MintTooLarge(amount, limit));

        lastMintAt = Time.timestamp();
        _mint(to, amount);
    }

    /// @inheritdoc IGovernanceToken
    function setRegistry(ICitizenRegistry newRegistry) external restricted {
        require(address(newRegistry).code.length != 0, GovernanceToken_NotARegistry(address(newRegistry)));
        for (uint8 phase = 1; phase <= LAST_PHASE; ++phase) {
            uint48 anew = newRegistry.phaseBeginsAt(phase);
            uint48 beginsAt = address(registry) == address(0) ? anew : registry.phaseBeginsAt(phase);
            // votes that ended are judged by the phase of their end, which must neither fall nor have begun before it
            // did
            require(anew == beginsAt, GovernanceToken_OtherPhases(phase, beginsAt, anew));
        }

        registry = newRegistry;
        emit RegistrySet(newRegistry);
    }

    /// @inheritdoc IGovernanceToken
    function reweigh(address account) external override(IGovernanceToken, IReweigh) {
        require(address(registry) != address(0), GovernanceToken_NoRegistry());
        (uint48 since, uint48 endsAt, bool bonusCounts) = registry.settle(account);
        Standing memory before = _standings[account];
        bool counted = bonusCounts && _isCitizenAt(since, endsAt, block.timestamp);

        _standings[account] = Standing({since: since, endsAt: endsAt, counted: counted});
        if (counted != before.counted && delegates(account) == account) {
            uint256 bonus = _bonus(balanceOf(account));
            _moveDelegateVotes(counted ? address(0) : account, counted ? account : address(0), bonus);
            _moveTotal(counted ? 0 : bonus, counted ? bonus : 0);
        }
        emit Reweighed(account, counted, since, endsAt);
    }

    /// @inheritdoc IGovernanceToken
    function unitsOf(address account) external view returns (uint256) {
        uint256 balance = balanceOf(account);
        return _standings[account].counted && delegates(account) == account ? balance + _bonus(balance) : balance;
    }

    /// @inheritdoc IGovernanceToken
    function votingStateAt(address account, uint256 timepoint) external view returns (uint256 votes, bool citizen) {
        uint256 heldSince = Math.saturatingSub(_validateTimepoint(timepoint), HOLDING_PERIOD);
        uint32 length = _numCheckpoints(account);
        if (length != 0) {
            Checkpoints.Checkpoint208 memory last = _checkpoints(account, length - 1);
            // units that did not change since are the same at both times: the search through the past is not needed
            votes =
                last._key <= heldSince
                    ? last._value
                    : Math.min(getPastVotes(account, timepoint), getPastVotes(account, heldSince));
        }
        Standing storage standing = _standings[account];
        citizen = _isCitizenAt(standing.since, standing.endsAt, timepoint);
    }

    /// @inheritdoc IGovernanceToken
    function totalsAt(uint256 timepoint) external view returns (uint256 units, uint256 supply, uint256 citizens) {
        require(address(registry) != address(0), GovernanceToken_NoRegistry());
        units = getPastTotalSupply(timepoint);
        supply = getPastTokenSupply(timepoint);
        citizens = registry.citizensAt(timepoint);
    }

    /// @inheritdoc IGovernanceToken
    function getPastTokenSupply(uint256 timepoint) public view returns (uint256) {
        return _supply.upperLookupRecent(_validateTimepoint(timepoint));
    }

    /// @inheritdoc IGovernanceToken
    function standingOf(address account) external view returns (Standing memory) {
        return _standings[account];
    }

    /// @notice The clock of votes: the block's Unix time (ERC-6372).
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice The machine-readable name of the clock (ERC-6372).
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @dev Balances first, through OpenZeppelin; then the record of the supply when it changed.
    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
        if (from == address(0) || to == address(0)) {
            _supply.push(clock(), uint208(totalSupply()));
        }
    }

    /// @dev Runs after the balances moved. Each side's change of units is measured on its own balance and moved at its
    /// delegate; the total counts delegated units only.
    function _transferVotingUnits(address from, address to, uint256 amount) internal override {
        if (from == to || amount == 0) return;
        address fromDelegate = delegates(from);
        address toDelegate = delegates(to);
        if (fromDelegate == address(0) && toDelegate == address(0)) return;

        uint256 less = 0;
        uint256 more = 0;
        if (fromDelegate != address(0)) {
            less = amount;
            if (fromDelegate == from && _standings[from].counted) {
                uint256 balance = balanceOf(from);
                less = less + _bonus(balance + amount) - _bonus(balance);
            }
        }
        if (toDelegate != address(0)) {
            more = amount;
            if (toDelegate == to && _standings[to].counted) {
                uint256 balance = balanceOf(to);
                more = more + _bonus(balance) - _bonus(balance - amount);
            }
        }

        if (fromDelegate != toDelegate) {
            _moveDelegateVotes(fromDelegate, address(0), less);
            _moveDelegateVotes(address(0), toDelegate, more);
        } else if (less > more) {
            _moveDelegateVotes(fromDelegate, address(0), less - more);
        } else {
            _moveDelegateVotes(address(0), toDelegate, more - less);
        }
        _moveTotal(less, more);
    }

    /// @dev OpenZeppelin moves the balance; the bonus leaves before and arrives after, so that it is only ever at its
    /// owner.
    function _delegate(address account, address delegatee) internal override {
        address oldDelegate = delegates(account);
        uint256 balance = balanceOf(account);
        uint256 less = oldDelegate == address(0) ? 0 : balance;
        uint256 more = delegatee == address(0) ? 0 : balance;
        bool withBonus = oldDelegate != delegatee && (oldDelegate == account || delegatee == account);
        uint256 bonus = withBonus && _standings[account].counted ? _bonus(balance) : 0;

        if (oldDelegate == account) {
            _moveDelegateVotes(account, address(0), bonus);
            less += bonus;
        }
        super._delegate(account, delegatee);
        if (delegatee == account) {
            _moveDelegateVotes(address(0), account, bonus);
            more += bonus;
        }
        _moveTotal(less, more);
    }

    /// @inheritdoc ERC20Votes
    function _maxSupply() internal pure override returns (uint256) {
        return SUPPLY_LIMIT;
    }

    /// @dev OpenZeppelin records a total when units are minted or burned. The token itself never delegates, so naming
    /// it as the other side moves nothing but the total.
    function _moveTotal(uint256 less, uint256 more) private {
        if (more > less) super._transferVotingUnits(address(0), address(this), more - less);
        if (less > more) super._transferVotingUnits(address(this), address(0), less - more);
    }

    function _bonus(uint256 balance) private view returns (uint256) {
        return VotingUnits.bonus(balance, CURVE_CAP, CURVE_OFFSET, CURVE_BASE);
    }

    function _isCitizenAt(uint256 since, uint256 endsAt, uint256 timepoint) private pure returns (bool) {
        return since != 0 && since + SEASONING <= timepoint && timepoint < endsAt;
    }
}
