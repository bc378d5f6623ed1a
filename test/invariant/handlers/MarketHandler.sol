// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MarketListing} from "./MarketListing.sol";
import {CountedRights} from "./CountedRights.sol";
import {Greedy} from "./Greedy.sol";
import {MarketPurchases} from "./MarketPurchases.sol";
import {MarketMoney} from "./MarketMoney.sol";
import {MarketAdministration} from "./MarketAdministration.sol";
import {MarketRights} from "./MarketRights.sol";

/// @notice Lists, sells, pays and governs. Before each purchase it says from its own books whether the market must refuse, and why.
contract MarketHandler is MarketListing, MarketPurchases, MarketMoney, MarketAdministration, MarketRights {
    constructor() {
        _loadProtocol();
        _openPool();
        treasuryNow = address(treasury);
        for (uint256 i = 0; i < tokens.length; ++i) allowed[tokens[i]] = true;
        allowed[address(taking)] = true;
        greedy = new Greedy(address(market));
        counted_ = new CountedRights(address(market));
        people.push(address(counted_));
        _openRights();
        address module;
        while (module != address(counted_)) (module, , ) = licenses.rightsAt(++countedIndex);
        for (uint256 i = 0; i < CREATORS; ++i) _createModel(_creator(i));

        _addListingActions();
        _addPurchasesActions();
        _addMoneyActions();
        _addAdministrationActions();
        _addRightsActions();
    }
}
