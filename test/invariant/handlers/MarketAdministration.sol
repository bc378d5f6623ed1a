// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMarket} from "../../../contracts/market/IMarket.sol";
import {IMarketSettings} from "../../../contracts/market/IMarketSettings.sol";
import {BoundedPause} from "../../../contracts/utils/BoundedPause.sol";
import {Way} from "./MarketBooks.sol";
import {MarketStage} from "./MarketStage.sol";

/// @notice What the DAO and the guardian set, and time.
abstract contract MarketAdministration is MarketStage {
    function _addAdministrationActions() internal {
        _action(MarketAdministration.setFee.selector, "setFee");
        _action(MarketAdministration.setTreasury.selector, "setTreasury");
        // claim(invariants#market-and-escrow): A revoked, expired, sold-out, repriced or moved offer is not sold, nor
        //   an offer in a token that is not on the list, or above the fee that the creator accepts
        _action(MarketAdministration.setPayToken.selector, "setPayToken");
        // claim(invariants#market-and-escrow): No purchase during a pause, and purchases again in the second in which
        //   it ends; a pause above 7 days, or within 60 days of the start of the last under the same mandate, is
        //   refused | a guardian who would close the market for ever, or an attacker whom a pause should stop
        _action(MarketAdministration.pause.selector, "pause");
        _action(MarketAdministration.travel.selector, "travel");
    }

    function setFee(uint256 seed) external counted {
        vm.prank(_buyer(seed));
        try market.setProtocolFee(1) {
            _never("a stranger set the fee");
        } catch {}
        _byVote();
        try market.setProtocolFee(501) {
            _never("a fee above the bound");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), IMarketSettings.Market_ProtocolFeeTooHigh.selector, "fee above the bound");
        }
        feeBps = uint16(seed % 501);
        _byVote();
        market.setProtocolFee(feeBps);
        _done();
    }

    function setTreasury(uint256 seed) external counted {
        vm.prank(_buyer(seed));
        try market.setTreasury(_buyer(seed)) {
            _never("a stranger set the treasury");
        } catch {}
        treasuryNow = _treasury(seed);
        _byVote();
        market.setTreasury(treasuryNow);
        _done();
    }

    function setPayToken(uint256 seed) external counted {
        address token = tokens[1 + (seed % (tokens.length - 1))];
        if (allowed[token]) {
            uint256 index = _pick(seed, token);
            _allow(token, false);
            address payer = _payer(_offers[index], seed);
            _attempt(index, payer, payer, address(0), Way.Plain, IMarketSettings.Market_TokenNotListed.selector);
        } else {
            _allow(token, true);
        }
        _done();
    }

    function pause(uint256 seed) external counted {
        uint40 duration = uint40(_bound(seed, 1, 7 days));
        _byGuardian();
        try market.pausePurchases(7 days + 1) {
            _never("a pause above the bound");
        } catch (bytes memory reason) {
            assertEq(_selectorOf(reason), BoundedPause.BoundedPause_TooLong.selector, "pause too long");
        }
        if (block.timestamp < nextPauseAt) {
            _byGuardian();
            try market.pausePurchases(duration) {
                _never("a pause within the cooldown");
            } catch (bytes memory reason) {
                assertEq(_selectorOf(reason), BoundedPause.BoundedPause_TooSoon.selector, "pause too soon");
            }
            vm.warp(nextPauseAt);
        }
        uint256 index = _pick(seed, tokens[seed % tokens.length]);
        address payer = _payer(_offers[index], seed);
        _byGuardian();
        market.pausePurchases(duration);
        pausedUntil = block.timestamp + duration;
        nextPauseAt = block.timestamp + 60 days;
        _attempt(index, payer, payer, address(0), Way.Plain, IMarketSettings.Market_Paused.selector);
        if (seed % 3 == 0) {
            _byGuardian();
            market.resumePurchases();
            pausedUntil = block.timestamp;
        }
        _done();
    }

    function travel(uint256 seed) external counted {
        vm.warp(block.timestamp + _bound(seed, 1, 10 days));
        _done();
    }
}
