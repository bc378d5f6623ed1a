// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IRightsModule} from "../../../contracts/rights/IRightsModule.sol";
import {ISeats} from "../../../contracts/rights/ISeats.sol";
import {Kind, Right} from "./RightsBooks.sol";
import {RightsStage} from "./RightsStage.sol";

/// @notice Seats are given and taken, and licences with seats change hands.
abstract contract RightsSeats is RightsStage {
    function _addSeatsActions() internal {
        // claim(invariants#market-and-escrow): a holder never gives more seats than a licence has
        _action(RightsSeats.giveSeat.selector, "giveSeat");
        _action(RightsSeats.takeSeat.selector, "takeSeat");
        // claim(attacks#licences-listings-offers-and-signatures): seats that outlive a resale
        _action(RightsSeats.transfer.selector, "transfer");
    }

    function giveSeat(uint256 seed) external counted {
        uint256 index = _find(seed, _hasFreeSeat, Kind.Seats);
        Right memory right = _rights[index];
        address user = _freeUser(seed, index);
        if (user == address(0)) return;
        _refuseSeat(index, _stranger(right.owner, seed), user, IRightsModule.Rights_NotOwner.selector);
        _seat(index, user);
        _refuseSeat(index, right.owner, user, ISeats.Seats_AlreadySeated.selector);
        address next = _freeUser(seed, index);
        if (next != address(0) && !_hasFreeSeat(index)) {
            _refuseSeat(index, right.owner, next, ISeats.Seats_Full.selector);
        }
        checkRight(index);
        checkUsers(index);
        _done();
    }

    function takeSeat(uint256 seed) external counted {
        uint256 index = _find(seed, _hasUser, Kind.Seats);
        if (!_hasUser(index)) _seat(index, _freeUser(seed, index));
        Right memory right = _rights[index];
        address user = _seatedUser(seed, index);
        ISeats seats = _moduleOf(_rights[index]);
        uint256 free = _since[right.id][right.owner][user] + _terms[right.offer].minStay;
        if (block.timestamp < free) {
            vm.prank(right.owner);
            try seats.takeSeat(_offers[right.offer], right.id, user) {
                _never("a seat was taken before its minimum stay");
            } catch (bytes memory reason) {
                assertEq(_selectorOf(reason), ISeats.Seats_MinimumStay.selector, "taken too soon");
            }
            vm.warp(free);
        }
        vm.prank(right.owner);
        seats.takeSeat(_offers[right.offer], right.id, user);
        _since[right.id][right.owner][user] = 0;
        --_given[right.id][right.owner];
        checkRight(index);
        checkUsers(index);
        _done();
    }

    function transfer(uint256 seed) external counted {
        uint256 index = _find(seed, _isTransferable, seed % 2 == 0 ? Kind.Seats : Kind.Term);
        if (!_isTransferable(index)) return;
        Right storage right = _rights[index];
        address former = right.owner;
        address user = _freeUser(seed, index);
        if (_hasFreeSeat(index) && user != address(0)) _seat(index, user);
        address next = _stranger(former, seed);
        vm.prank(former);
        licenses.transferFrom(former, next, right.id);
        right.owner = next;
        _refuseSeat(index, former, former, IRightsModule.Rights_NotOwner.selector);
        checkRight(index);
        checkUsers(index);
        _done();
    }

    function _seat(uint256 index, address user) private {
        Right memory right = _rights[index];
        ISeats seats = _moduleOf(_rights[index]);
        vm.prank(right.owner);
        seats.giveSeat(_offers[right.offer], right.id, user);
        _since[right.id][right.owner][user] = block.timestamp;
        ++_given[right.id][right.owner];
    }

    function _refuseSeat(uint256 index, address caller, address user, bytes4 expected) private {
        Right memory right = _rights[index];
        ISeats seats = _moduleOf(_rights[index]);
        vm.prank(caller);
        try seats.giveSeat(_offers[right.offer], right.id, user) {
            _never("a seat was given that must be refused");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), expected, "a seat was refused for another reason");
        }
    }

    /// @dev One who may not use the licence yet; there are more users than seats.
    function _freeUser(uint256 seed, uint256 index) private view returns (address) {
        for (uint256 i = 0; i < _users.length; ++i) {
            address user = _users[((seed % _users.length) + i) % _users.length];
            if (!_isUser(_rights[index], user)) return user;
        }
        return address(0);
    }

    function _seatedUser(uint256 seed, uint256 index) private view returns (address user) {
        Right storage right = _rights[index];
        for (uint256 i = 0; i < _users.length; ++i) {
            user = _users[((seed % _users.length) + i) % _users.length];
            if (_since[right.id][right.owner][user] != 0) return user;
        }
    }
}
