// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Puppet} from "./Puppet.sol";

/// @title TestHolder
/// @notice An account that holds licences, takes no coin and calls back when it receives a licence. For tests only.
contract TestHolder is Puppet, IERC721Receiver {
    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        _reenter();
        return IERC721Receiver.onERC721Received.selector;
    }
}
