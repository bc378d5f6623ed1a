// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";

import {IExchange, PoolKey} from "../../../contracts/exchange/IExchange.sol";
import {ITransferHook} from "./ExchangeTokens.sol";

/// @notice Runs calls that a test prepared, from inside a callback of the Exchange, and remembers how they ended.
contract Marionette is IERC3156FlashBorrower, ITransferHook {
    struct Order {
        address target;
        uint256 value;
        bytes data;
    }

    bytes32 private constant SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    Order[] private _orders;
    bool[] public succeeded;
    bytes[] public answers;
    bytes32 public answer = SUCCESS;
    bool public refusing;
    bytes public lastData;
    uint256 public lastFee;

    receive() external payable {
        require(!refusing, "refused");
        _run();
    }

    function prepare(address target, bytes calldata data) external {
        _orders.push(Order(target, 0, data));
    }

    function setAnswer(bytes32 answer_) external {
        answer = answer_;
    }

    function setRefusing(bool refusing_) external {
        refusing = refusing_;
    }

    /// @notice Calls anything as this contract, with the value sent along.
    function execute(address target, bytes calldata data) external payable returns (bytes memory) {
        (bool ok, bytes memory result) = target.call{value: msg.value}(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(result, 32), mload(result))
            }
        }
        return result;
    }

    function onFlashLoan(address, address, uint256, uint256 fee, bytes calldata data) external returns (bytes32) {
        lastData = data;
        lastFee = fee;
        _run();
        return answer;
    }

    function onTransfer(address, address, uint256) external {
        _run();
    }

    function outcomes() external view returns (bool[] memory) {
        return succeeded;
    }

    function _run() private {
        while (_orders.length > 0) {
            Order memory order = _orders[_orders.length - 1];
            _orders.pop();
            (bool ok, bytes memory result) = order.target.call{value: order.value}(order.data);
            succeeded.push(ok);
            answers.push(result);
        }
    }
}

/// @notice Reads the oracle of a pool as a lender would, from its own storage of the answer.
contract OracleReader {
    uint256 public price;

    function read(IExchange exchange, PoolKey calldata key, uint256 window) external {
        price = exchange.consult(key, window);
    }
}

/// @notice Pays the price of a flash swap out of what it holds.
contract SwapBorrower is IERC3156FlashBorrower {
    address public seenToken;
    uint256 public seenAmount;

    function approve(IERC20 token, address spender, uint256 amount) external {
        token.approve(spender, amount);
    }

    function onFlashLoan(address, address token, uint256, uint256, bytes calldata) external returns (bytes32) {
        seenToken = token;
        seenAmount = token == address(0) ? address(this).balance : IERC20(token).balanceOf(address(this));
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    receive() external payable {}
}
