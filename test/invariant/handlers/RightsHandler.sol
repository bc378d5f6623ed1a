// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SeatLicenses} from "../../../contracts/rights/SeatLicenses.sol";
import {Subscriptions} from "../../../contracts/rights/Subscriptions.sol";
import {Book} from "./Deployment.sol";
import {RightsChanges} from "./RightsChanges.sol";
import {RightsMoney} from "./RightsMoney.sol";
import {RightsSeats} from "./RightsSeats.sol";

/// @notice Subscribes, renews, releases, cancels and gives seats, while titles, fees and modules change. Before each
/// call it says from its own books what must come of it.
contract RightsHandler is RightsMoney, RightsSeats, RightsChanges {
    constructor() {
        Book memory book = _loadProtocol();
        subscriptions = Subscriptions(book.at("Subscriptions"));
        seatLicenses = SeatLicenses(book.at("SeatLicenses"));
        _treasuryNow = address(treasury);
        for (uint256 i = 0; i < BUYERS; ++i) _users.push(_buyer(i));
        for (uint256 i = 1; i <= 3; ++i) _users.push(address(uint160(uint256(keccak256(abi.encode("device", i))))));
        for (uint256 i = 0; i < 2 * CREATORS; ++i) _createModel(i, _card(), i % 2 == 1);
        _sealWrongFile();

        _addPurchasesActions();
        _addMoneyActions();
        _addSeatsActions();
        _addChangesActions();
    }

    // claim(invariants#market-and-escrow): when all terms have ended, nothing is kept for a subscription | nobody:
    //   money that no one could take out
    /// @notice Half of what can be cancelled is cancelled, the rest runs out.
    function endAll() external {
        uint256 last = block.timestamp;
        for (uint256 i = 0; i < _rights.length; ++i) {
            if (!_isCancellable(i)) continue;
            if (i % 2 == 0) _release(i, _rights[i].owner, true);
            else if (_rights[i].expiresAt > last) last = _rights[i].expiresAt;
        }
        vm.warp(last);
        for (uint256 i = 0; i < _rights.length; ++i) if (_isCancellable(i)) _release(i, _buyer(i), false);
    }

    function checkEmpty() external view {
        for (uint256 t = 0; t < tokens.length; ++t) {
            assertEq(ledger.balanceOf(tokens[t], address(subscriptions)), 0, "something is kept for nobody");
        }
    }
}
