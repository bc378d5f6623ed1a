// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Parent} from "../../../contracts/lineage/ILineage.sol";
import {Lineage} from "../../../contracts/lineage/Lineage.sol";
import {Splitter} from "../../../contracts/lineage/Splitter.sol";
import {ProtocolHandler} from "./ProtocolHandler.sol";

/// @notice What the campaign knows of a family of models: its own books, which no call to an account fills.
abstract contract LineageBooks is ProtocolHandler {
    uint256 internal constant BPS = 10_000;
    /// @dev More units than all parents can be due at once.
    uint256 internal constant ENOUGH = 16;

    Lineage public lineage;

    uint48 internal _models;
    mapping(uint48 modelId => address) internal _titleOf;
    mapping(uint48 modelId => address) internal _creatorOf;
    mapping(uint48 modelId => uint256) internal _createdAt;
    mapping(uint48 modelId => address) internal _fixedPayee;

    uint48[] internal _children;
    mapping(uint48 child => Splitter) internal _accountOf;
    mapping(uint48 child => Parent[]) internal _parentsOf;
    /// @dev What was sent to an account and did not go through the ledger yet.
    mapping(address token => mapping(address account => uint256)) internal _sent;
    mapping(address token => mapping(uint48 child => uint256)) internal _passedOn;
    mapping(address token => mapping(uint48 child => mapping(uint48 parent => uint256))) internal _toParent;

    function childCount() external view returns (uint256) {
        return _children.length;
    }

    function modelCount() external view returns (uint48) {
        return _models;
    }

    /// @notice Who is paid for a model.
    function checkPayee(uint48 modelId) public view {
        // claim(invariants#market-and-escrow): The payee of a model is fixed once, by its creator who holds it, in its
        //   first 7 days and before a second version, or never
        assertEq(registry.payeeOfModel(modelId), _payeeOf(modelId), "a payee was fixed, changed or lost by itself");
        address account = address(_accountOf[modelId]);
        assertEq(lineage.accountOf(modelId), account, "a lineage was created, changed or lost by itself");
        bool inForce = account != address(0) && _fixedPayee[modelId] == account;
        assertEq(lineage.isInForce(modelId), inForce, "a lineage is in force by itself");
    }

    /// @notice A child: its parents, and what each of them received.
    function checkChild(uint256 index) external view {
        uint48 child = _children[index];
        checkPayee(child);
        Parent[] memory parents = lineage.parentsOf(child);
        assertEq(
            keccak256(abi.encode(parents)),
            keccak256(abi.encode(_parentsOf[child])),
            "the parents of a child changed"
        );
        assertEq(lineage.modelOf(address(_accountOf[child])), child, "an account is of another model");
        for (uint256 i = 0; i < parents.length; ++i) {
            // claim(invariants#market-and-escrow): the parents of a model are older than it, so that no income goes
            //   round in a circle | nobody: income that never arrives
            assertLt(parents[i].modelId, child, "a parent is younger than its child");
        }
        for (uint256 t = 0; t < tokens.length; ++t) _checkShares(tokens[t], child);
    }

    function _checkShares(address token, uint48 child) private view {
        uint256 total = _accountOf[child].distributed(token);
        assertEq(total, _passedOn[token][child], "an account passed something on by itself");
        assertEq(_held(token, address(_accountOf[child])), _sent[token][address(_accountOf[child])], "what was sent");
        Parent[] storage parents = _parentsOf[child];
        for (uint256 i = 0; i < parents.length; ++i) {
            // claim(invariants#market-and-escrow): an account of a child pays out exactly what came in, and to each
            //   parent its share of the running total, rounded down once
            assertEq(
                _toParent[token][child][parents[i].modelId],
                (total * parents[i].bps) / BPS,
                "a parent's total is not its share of all that was passed on"
            );
        }
    }

    /// @dev What a settlement does to the books; 0 when there are too few units for all who are due one.
    function _bookSettlement(address token, uint48 child) internal returns (uint256 amount) {
        address account = address(_accountOf[child]);
        amount = booked[token][account];
        uint256 before = _passedOn[token][child];
        Parent[] memory parents = _parentsOf[child];
        uint256[] memory shares = new uint256[](parents.length);
        uint256 sum = 0;
        for (uint256 i = 0; i < parents.length; ++i) {
            shares[i] = ((before + amount) * parents[i].bps) / BPS - _toParent[token][child][parents[i].modelId];
            sum += shares[i];
        }
        if (sum > amount) {
            // claim(invariants#market-and-escrow): an income of sixteen units or more never waits: the shares of all
            //   parents are at most what came in
            assertLt(amount, ENOUGH, "an income waits that is enough for all");
            return 0;
        }
        _unbook(token, account, amount);
        _passedOn[token][child] += amount;
        for (uint256 i = 0; i < parents.length; ++i) {
            uint48 parent = parents[i].modelId;
            _toParent[token][child][parent] += shares[i];
            _book(token, _payeeOf(parent), shares[i]);
        }
        _book(token, _titleOf[child], amount - sum);
    }

    /// @dev Who is paid for licences of a model: the payee that was fixed, or who holds the title now.
    function _payeeOf(uint48 modelId) internal view returns (address) {
        return _fixedPayee[modelId] == address(0) ? _titleOf[modelId] : _fixedPayee[modelId];
    }

    function _child(uint256 seed) internal view returns (uint48) {
        return _children[seed % _children.length];
    }

    function _token(uint256 seed) internal view returns (address) {
        return tokens[_mix(seed, 71) % tokens.length];
    }

    /// @dev Often so few units that not all parents can have one.
    function _income(uint256 seed) internal pure returns (uint256) {
        uint256 size = _mix(seed, 72) % 3;
        return
            1 +
            (_mix(seed, 73) %
                (
                    size == 0
                        ? 20
                        : size == 1
                            ? 1e6
                            : 1e18
                ));
    }
}
