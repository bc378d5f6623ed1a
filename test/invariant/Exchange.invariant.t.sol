// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {Exchange} from "../../contracts/exchange/Exchange.sol";
import {PoolKey} from "../../contracts/exchange/IExchange.sol";
import {Book, Deployment} from "./handlers/Deployment.sol";
import {ExchangeHandler} from "./handlers/ExchangeHandler.sol";

/// @notice One campaign for the Exchange. What each action may not do is checked by the handler after the action.
contract ExchangeInvariantTest is Test {
    Exchange private _exchange;
    ExchangeHandler private _handler;

    function setUp() external {
        vm.warp(1_800_000_000);
        Book memory book = Deployment.load();
        _exchange = Exchange(book.at("Exchange"));
        bytes memory arguments = abi.encode(_exchange, book.at("Timelock"));
        _handler = ExchangeHandler(payable(deployCode("ExchangeHandler.sol:ExchangeHandler", arguments)));
        targetContract(address(_handler));
        bytes4[] memory skipped = new bytes4[](2);
        skipped[0] = ExchangeHandler.unwind.selector;
        skipped[1] = ExchangeHandler.onFlashLoan.selector;
        excludeSelector(FuzzSelector({addr: address(_handler), selectors: skipped}));
    }

    /// @dev Solvency, of every token; and every price the oracle gives lies within the prices there have been.
    function invariant_ExchangeIsSolventAndItsOracleHonest() external view {
        uint256[4] memory owed = _handler.owed();
        // claim(invariants#exchange): the balance of every token covers reserves, claims and the protocol's pot | the
        //   first to withdraw
        for (uint256 t = 0; t < 4; ++t) assertGe(_handler.held(t), owed[t], "the Exchange owes more than it holds");

        uint256 p = block.timestamp % _handler.poolCount();
        uint256 window = 600 + (block.timestamp % 3000);
        (bool ok, bytes memory answer) = address(_exchange).staticcall(
            abi.encodeCall(_exchange.consult, (_handler.keyOf(p), window))
        );
        if (!ok) return;
        uint256 price = abi.decode(answer, (uint256));
        // claim(invariants#exchange): the oracle's price is within the range of past prices
        assertGe(price, _handler.lowest(p) - _handler.lowest(p) / 1e7, "the oracle is below every price");
        // claim(invariants#exchange): the oracle's price is within the range of past prices | those who settle against
        //   a false price
        assertLe(price, _handler.highest(p) + _handler.highest(p) / 1e7, "the oracle is above every price");
    }

    /// @dev When everybody has left, what remains is what the locked shares hold, and donations.
    function afterInvariant() external {
        _handler.unwind();
        for (uint256 p = 0; p < _handler.poolCount(); ++p) {
            PoolKey memory key = _handler.keyOf(p);
            (uint256 reserve0, uint256 reserve1, uint256 shares, , , ) = _exchange.poolState(key);
            assertEq(shares, 1000, "shares are left");
            assertGt(reserve0, 0, "a reserve is empty");
            assertGt(reserve1, 0, "a reserve is empty");
        }
        uint256[4] memory owed = _handler.owed();
        for (uint256 t = 0; t < 4; ++t) {
            uint256 donated = _handler.donated(_handler.tokens(t));
            // claim(invariants#exchange): when everybody has left, nothing remains but what the locked shares hold, and
            //   donations | the first to withdraw
            assertEq(_handler.held(t), owed[t] + donated, "something is left that is nobody's");
        }
    }
}
