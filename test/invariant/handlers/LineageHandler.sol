// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILineage, Parent} from "../../../contracts/lineage/ILineage.sol";
import {Lineage} from "../../../contracts/lineage/Lineage.sol";
import {IModelRegistry} from "../../../contracts/registry/IModelRegistry.sol";
import {Book} from "./Deployment.sol";
import {LineageStage} from "./LineageStage.sol";

/// @notice Models are made from others, earn and pass on, while titles and terms change hands.
contract LineageHandler is LineageStage {
    uint256 private constant ROOTS = 8;

    constructor() {
        Book memory book = _loadProtocol();
        lineage = Lineage(book.at("Lineage"));
        for (uint256 i = 0; i < ROOTS; ++i) _createModel(_creator(i));
        _createChild(0, true);

        _action(LineageHandler.createChild.selector, "createChild");
        // claim(attacks#licences-listings-offers-and-signatures): a lineage that contains itself
        // claim(attacks#licences-listings-offers-and-signatures): one parent named twice to pass the bound of one share
        // claim(attacks#licences-listings-offers-and-signatures): parents promised more than their bound together
        _action(LineageHandler.createWrongly.selector, "createWrongly");
        // claim(attacks#licences-listings-offers-and-signatures): a parent's consent that is expired, or of a former
        //   holder
        _action(LineageHandler.createUnasked.selector, "createUnasked");
        // claim(attacks#licences-listings-offers-and-signatures): a parent that raises its terms when a child has
        //   success
        _action(LineageHandler.setOpenTerms.selector, "setOpenTerms");
        _action(LineageHandler.fixPayee.selector, "fixPayee");
        _action(LineageHandler.moveTitle.selector, "moveTitle");
        _action(LineageHandler.sell.selector, "sell");
        _action(LineageHandler.credit.selector, "credit");
        _action(LineageHandler.send.selector, "send");
        _action(LineageHandler.gather.selector, "gather");
        _action(LineageHandler.settle.selector, "settle");
        // claim(attacks#licences-listings-offers-and-signatures): income settled a unit at a time, to round the parents
        //   down
        _action(LineageHandler.drip.selector, "drip");
        _action(LineageHandler.climb.selector, "climb");
        _action(LineageHandler.withdraw.selector, "withdraw");
        _action(LineageHandler.travel.selector, "travel");
    }

    // ---- lineages

    function createChild(uint256 seed) external counted {
        uint48 child = _createChild(seed, seed % 4 != 0);
        Parent[] memory parents = _drawParents(_mix(seed, 1), child);
        bytes[] memory consents = _consentsTo(child, parents, _titleOf[child]);
        bytes memory expected = abi.encodeWithSelector(ILineage.Lineage_Exists.selector, child);
        _refuseChild(_titleOf[child], child, parents, consents, expected);
        this.checkChild(_children.length - 1);
        _done();
    }

    /// @notice By a stranger, or of parents that no model can have.
    function createWrongly(uint256 seed) external counted {
        address creator = _creator(seed);
        uint48 child = _createModel(creator);
        Parent[] memory parents = _drawParents(seed, child);
        bytes[] memory consents = _consentsTo(child, parents, creator);
        uint256 way = _mix(seed, 1) % 6;
        if (way == 0) {
            address stranger = _buyer(seed);
            bytes memory reason = abi.encodeWithSelector(
                ILineage.Lineage_NotTitleHolder.selector,
                child,
                stranger,
                creator
            );
            _refuseChild(stranger, child, parents, consents, reason);
        } else {
            string memory field = _spoil(parents, child, way, seed);
            if (way == 1) (parents, consents) = (new Parent[](seed % 2 == 0 ? 0 : 9), new bytes[](0));
            bytes memory reason = abi.encodeWithSelector(ILineage.Lineage_BadParents.selector, field);
            _refuseChild(creator, child, parents, consents, reason);
        }
        checkPayee(child);
        _done();
    }

    /// @notice Without the consent of a parent's holder, or with one that is not for this child, share, time or title.
    function createUnasked(uint256 seed) external counted {
        uint48 parent = uint48(1 + (_mix(seed, 1) % _models));
        address creator = _creator(seed);
        uint48 child = _createModel(creator);
        if (_titleOf[parent] == creator) _moveTitle(parent, _stranger(creator, seed));
        Parent[] memory parents = new Parent[](1);
        parents[0] = Parent(parent, uint16(1 + (_mix(seed, 2) % 5_000)));
        // terms that the share does not reach, that are over, or none
        uint16 most = parents[0].bps == 5_000 ? 0 : parents[0].bps + 1;
        if (seed % 3 == 0) _setOpenTerms(parent, most, type(uint40).max);
        else if (seed % 3 == 1) _setOpenTerms(parent, parents[0].bps, uint40(block.timestamp - 1));
        else _setOpenTerms(parent, 0, type(uint40).max);

        bytes[] memory consents = new bytes[](1);
        consents[0] = _spoiltConsent(parents[0], child, _mix(seed, 3) % 7);
        bytes memory reason = abi.encodeWithSelector(
            ILineage.Lineage_NoConsent.selector,
            parent,
            child,
            parents[0].bps
        );
        _refuseChild(creator, child, parents, consents, reason);
        assertTrue(_needsConsent(parents[0], creator), "the handler did not prepare what it meant to");
        _done();
    }

    function setOpenTerms(uint256 seed) external counted {
        uint48 modelId = uint48(1 + (_mix(seed, 1) % _models));
        address stranger = _stranger(_titleOf[modelId], seed);
        vm.prank(stranger);
        try lineage.setOpenTerms(modelId, 0, 0) {
            _never("a stranger set the terms of a parent");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), ILineage.Lineage_NotTitleHolder.selector, "terms of a stranger");
        }
        _setOpenTerms(modelId, uint16(_mix(seed, 2) % 5_001), uint40(block.timestamp + (_mix(seed, 3) % 60 days)));
        // lineages that there are do not change by it
        if (_children.length != 0) this.checkChild(seed % _children.length);
        _done();
    }

    /// @notice An account becomes the payee in time or never, and no payee ever changes.
    function fixPayee(uint256 seed) external counted {
        uint48 child = _child(seed);
        address holder = _titleOf[child];
        bool may = holder == _creatorOf[child] && _fixedPayee[child] == address(0);
        may = may && block.timestamp <= _createdAt[child] + 7 days;
        address payee = address(_accountOf[child]);
        vm.prank(holder);
        try registry.fixPayee(child, payee) {
            assertTrue(may, "a payee was fixed that could not be");
            _fixedPayee[child] = payee;
        } catch {
            assertFalse(may, "a payee was not fixed that could be");
        }
        checkPayee(child);
        child = _createChild(_mix(seed, 1), true);
        vm.prank(_titleOf[child]);
        try registry.fixPayee(child, _titleOf[child]) {
            _never("a lineage was put out of force");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IModelRegistry.ModelRegistry_PayeeFixed.selector, "second payee");
        }
        checkPayee(child);
        _done();
    }

    /// @notice A title's income and its parents' consents move on with it, and their shares stay.
    function moveTitle(uint256 seed) external counted {
        uint48 modelId = seed % 2 == 0 ? uint48(1 + (_mix(seed, 1) % _models)) : _child(seed);
        _moveTitle(modelId, seed % 3 == 0 ? _stranger(_titleOf[modelId], seed) : _creator(_mix(seed, 2)));
        checkPayee(modelId);
        _done();
    }

    // ---- income

    function sell(uint256 seed) external counted {
        _sell(seed % 4 == 0 ? uint48(1 + (_mix(seed, 1) % _models)) : _child(_mix(seed, 1)), seed);
        _done();
    }

    function credit(uint256 seed) external counted {
        _credit(_token(seed), address(_accountOf[_child(seed)]), _income(seed));
        _done();
    }

    function send(uint256 seed) external counted {
        _send(_token(seed), address(_accountOf[_child(seed)]), _income(seed));
        _done();
    }

    function gather(uint256 seed) external counted {
        uint48 child = _child(seed);
        address token = _token(seed);
        if (_sent[token][address(_accountOf[child])] == 0) _send(token, address(_accountOf[child]), _income(seed));
        _gather(token, child, _buyer(seed));
        _gather(token, child, _buyer(seed));
        _done();
    }

    function settle(uint256 seed) external counted {
        uint48 child = _child(seed);
        address token = _token(seed);
        if (booked[token][address(_accountOf[child])] == 0) _credit(token, address(_accountOf[child]), _income(seed));
        _settle(token, child, _buyer(seed));
        _settle(token, child, _referrer(seed));
        _done();
    }

    function drip(uint256 seed) external counted {
        uint48 child = _child(seed);
        address token = _token(seed);
        for (uint256 i = 0; i < 6; ++i) {
            _credit(token, address(_accountOf[child]), 1 + (_mix(seed, i) % 3));
            _settle(token, child, _buyer(i));
        }
        _done();
    }

    function climb(uint256 seed) external counted {
        _climb(_token(seed));
        _done();
    }

    // claim(invariants#market-and-escrow): income of a family arrives at the holders of its titles, except fewer than
    //   sixteen units in each account | nobody: income that never arrives
    /// @notice All income is passed on to the end.
    function endAll() external {
        for (uint256 t = 0; t < tokens.length; ++t) _climb(tokens[t]);
    }

    function withdraw(uint256 seed) external counted {
        if (_takeOut(seed)) _done();
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 3 days));
        _done();
    }

    /// @dev Shares climb one level with each call: the youngest first, so that all arrives.
    function _climb(address token) private {
        for (uint256 i = _children.length; i > 0; --i) {
            uint48 child = _children[i - 1];
            address account = address(_accountOf[child]);
            if (_sent[token][account] != 0) _gather(token, child, _buyer(i));
            if (booked[token][account] != 0) _settle(token, child, _buyer(i));
            assertLt(ledger.balanceOf(token, account), ENOUGH, "income stays in an account");
        }
    }

    // ---- what is wrong

    function _spoil(
        Parent[] memory parents,
        uint48 child,
        uint256 way,
        uint256 seed
    ) private view returns (string memory field) {
        uint256 last = parents.length - 1;
        if (way == 1) return "count";
        if (way == 2) {
            parents[last].modelId = last == 0 ? 0 : parents[last - 1].modelId;
            return "order";
        }
        if (way == 3) {
            parents[last].modelId = seed % 2 == 0 ? child : _models + 1;
            return "modelId";
        }
        if (way == 4) {
            parents[last].bps = seed % 2 == 0 ? 0 : 5_001;
            return "bps";
        }
        parents[last].bps = 5_000;
        if (last == 0) parents[0].bps = 5_001;
        return last == 0 ? "bps" : "sum";
    }

    function _spoiltConsent(Parent memory parent, uint48 child, uint256 way) private view returns (bytes memory) {
        address holder = _titleOf[parent.modelId];
        uint40 until = uint40(block.timestamp);
        if (way == 0) return "";
        if (way == 1) return _consent(holder, parent, child, until - 1);
        if (way == 2) return _consent(holder, parent, child, until + 365 days + 1);
        if (way == 3) return _consent(holder, parent, child + 1, until);
        // of one who does not hold the title, or not any more
        if (way == 4) return _consent(_arbiter(parent.modelId), parent, child, until);
        if (way == 5) return _consent(holder, Parent(parent.modelId, parent.bps + 1), child, until);
        return _consent(holder, Parent(parent.modelId + 1, parent.bps), child, until);
    }
}
