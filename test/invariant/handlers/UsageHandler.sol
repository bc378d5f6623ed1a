// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StandingOrders} from "../../../contracts/rights/StandingOrders.sol";
import {Subscriptions} from "../../../contracts/rights/Subscriptions.sol";
import {UsageChannel} from "../../../contracts/rights/UsageChannel.sol";
import {Book} from "./Deployment.sol";
import {UsageChannels} from "./UsageChannels.sol";
import {UsageOrders} from "./UsageOrders.sol";

/// @notice Opens, uses and ends channels, and renews by standing orders, while titles, fees and treasuries change.
/// Before each call it says from its own books what must come of it.
contract UsageHandler is UsageChannels, UsageOrders {
    constructor() {
        Book memory book = _loadProtocol();
        usage = UsageChannel(book.at("UsageChannel"));
        subscriptions = Subscriptions(book.at("Subscriptions"));
        standing = StandingOrders(book.at("StandingOrders"));
        _treasuryNow = address(treasury);
        for (uint256 i = 0; i < 2 * CREATORS; ++i) _createModel(i, i % 2 == 1);
        for (uint256 i = 0; i < BUYERS; ++i) {
            vm.startPrank(_buyer(i));
            honest.approve(address(standing), type(uint256).max);
            silent.approve(address(standing), type(uint256).max);
            hooked.approve(address(standing), type(uint256).max);
            vm.stopPrank();
        }

        _addChannelsActions();
        _addVouchersActions();
        _addOrdersActions();
        _action(UsageHandler.change.selector, "change");
        // claim(invariants#market-and-escrow): a pause, a closed module and a revoked offer stop new licences, and no
        //   renewal, release or cancellation of those that were sold
        _action(UsageHandler.pause.selector, "pause");
        _action(UsageHandler.withdraw.selector, "withdraw");
        _action(UsageHandler.travel.selector, "travel");
    }

    /// @notice Fee, treasury or a title: channels that are open keep theirs.
    function change(uint256 seed) external counted {
        if (seed % 3 == 0) {
            _feeBps = uint16(_mix(seed, 1) % 501);
            _byVote();
            market.setProtocolFee(_feeBps);
        } else if (seed % 3 == 1) {
            _treasuryNow = _treasury(_mix(seed, 1));
            _byVote();
            market.setTreasury(_treasuryNow);
        } else {
            uint48 modelId = uint48(1 + (_mix(seed, 1) % _models));
            address next = _creator(_mix(seed, 2));
            if (next != _titleOf[modelId]) {
                vm.prank(_titleOf[modelId]);
                registry.transferFrom(_titleOf[modelId], next, modelId);
                _titleOf[modelId] = next;
            }
        }
        if (_meters.length != 0) checkMeter(_mix(seed, 3) % _meters.length);
        _done();
    }

    function pause(uint256 seed) external counted {
        uint256 index = _find(seed, _isOpen);
        (, , , uint40 nextPauseAt) = market.config();
        if (block.timestamp < nextPauseAt) vm.warp(nextPauseAt);
        _byGuardian();
        market.pausePurchases(uint40(_bound(_mix(seed, 1), 1, 7 days)));
        _topUp(index, _buyer(seed), 1, _reasonAgainstUnits(index));
        _redeem(index, _next(index, 0, _units(seed, index)), _buyer(seed));
        _done();
    }

    function withdraw(uint256 seed) external counted {
        if (_takeOut(seed)) _done();
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 10 days));
        _done();
    }

    // claim(invariants#market-and-escrow): when all channels are finished, nothing is kept for a licence by the unit |
    //   nobody: money that no one could take out
    /// @notice Every channel is closed and finished.
    function endAll() external {
        uint256 last = block.timestamp;
        for (uint256 i = 0; i < _meters.length; ++i) {
            if (_isOpen(i)) _close(i);
            if (_meters[i].closesAt > last) last = _meters[i].closesAt;
        }
        vm.warp(last + 1);
        for (uint256 i = 0; i < _meters.length; ++i) if (!_meters[i].finished) _finish(i, _buyer(i));
    }

    function checkEmpty() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            assertEq(ledger.balanceOf(tokens[t], address(usage)), 0, "something is kept for nobody");
        }
    }
}
