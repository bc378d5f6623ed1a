// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";
import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";

/// @title Forwarder
/// @notice Sends what a person signed to the market and pays the gas for it. The holder of a request can withhold it,
/// but can never change it, and can use it up only by carrying it out.
/// @dev OpenZeppelin's ERC2771Forwarder with one difference: a batch too reverts with `FailedCall` when the call of a
/// valid request fails. There a failed call would use the request's number up, and anyone could drop a request by
/// sending it when it must fail: during a pause, or in the middle of a purchase of their own. A batch with a receiver
/// for refunds still skips requests that are no longer valid.
contract Forwarder is ERC2771Forwarder {
    constructor() ERC2771Forwarder("Isonomy Forwarder") {}

    function _execute(
        ForwardRequestData calldata request,
        bool requireValidRequest
    ) internal override returns (bool success) {
        uint256 number = nonces(request.from);
        success = super._execute(request, requireValidRequest);
        require(success || nonces(request.from) == number, Errors.FailedCall());
    }
}
