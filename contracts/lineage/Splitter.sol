// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IRevenueLedger} from "../ledger/IRevenueLedger.sol";
import {CreditList, LedgerCall} from "../ledger/LedgerCall.sol";
import {IModelRegistry} from "../registry/IModelRegistry.sol";
import {NATIVE} from "../utils/Native.sol";
import {RunningShare} from "../utils/RunningShare.sol";
import {Parent} from "./ILineage.sol";
import {ISplitter} from "./ISplitter.sol";
import {LineageArgs} from "./LineageArgs.sol";

/// @title Splitter
/// @notice The account of a child. See {ISplitter}.
/// @dev Each account is a minimal clone that carries the child and its parents in its code ({LineageArgs}); nothing can
/// change them. Invariants: what is passed on is what came in; a parent's total is its share of the running total,
/// rounded down.
contract Splitter is ISplitter {
    using LineageArgs for bytes;
    using SafeERC20 for IERC20;

    /// @notice Where payees and titles are read.
    IModelRegistry public immutable REGISTRY;
    /// @notice Where the account receives and passes on.
    IRevenueLedger public immutable LEDGER;
    address private immutable _ORIGINAL;

    /// @inheritdoc ISplitter
    mapping(address token => uint256) public distributed;

    /// @param registry Where payees and titles are read.
    /// @param ledger Where the accounts receive and pass on.
    constructor(IModelRegistry registry, IRevenueLedger ledger) {
        (REGISTRY, LEDGER, _ORIGINAL) = (registry, ledger, address(this));
        // reverts where there is no ledger: later calls skip the check that there is code
        ledger.totalOwed(NATIVE);
    }

    /// @notice Native coin that comes by a plain transfer waits for {gather}.
    receive() external payable {}

    /// @inheritdoc ISplitter
    function settle(address token) external returns (uint256 amount) {
        bytes memory args = _args();
        amount = LEDGER.balanceOf(token, address(this));
        if (amount == 0) return 0;
        uint256 before = distributed[token];
        uint256 total = before + amount;

        uint256 count = args.countOf();
        CreditList credits = LedgerCall.allocate(count + 1);
        uint256 rest = amount;
        for (uint256 i = 0; i < count; ++i) {
            (uint48 parent, uint256 bps) = args.parentAt(i);
            uint256 share = RunningShare.growth(before, total, bps);
            // several parents' next units fall due at once: a few units are not enough for all and wait
            if (share > rest) return 0;
            rest -= share;
            credits.add(REGISTRY.payeeOfModel(parent), share);
        }
        distributed[token] = total;
        emit Settled(token, amount);
        credits.add(REGISTRY.ownerOf(args.modelOf()), rest);
        credits.move(LEDGER, token);
    }

    /// @inheritdoc ISplitter
    function gather(address token) external returns (uint256 amount) {
        require(address(this) != _ORIGINAL, Splitter_NoModel());
        amount = token == NATIVE ? address(this).balance : IERC20(token).balanceOf(address(this));
        emit Gathered(token, amount);

        if (token != NATIVE) IERC20(token).safeTransfer(address(LEDGER), amount);
        CreditList credits = LedgerCall.allocate(1);
        credits.add(address(this), amount);
        credits.credit(LEDGER, token, token == NATIVE ? amount : 0);
    }

    /// @inheritdoc ISplitter
    function lineage() external view returns (uint48 modelId, Parent[] memory parents) {
        bytes memory args = _args();
        parents = new Parent[](args.countOf());
        for (uint256 i = 0; i < parents.length; ++i) {
            (uint48 parent, uint256 bps) = args.parentAt(i);
            parents[i] = Parent(parent, uint16(bps));
        }
        return (args.modelOf(), parents);
    }

    function _args() private view returns (bytes memory) {
        require(address(this) != _ORIGINAL, Splitter_NoModel());
        return Clones.fetchCloneArgs(address(this));
    }
}
