// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EscrowSales} from "./EscrowSales.sol";
import {EscrowSellers} from "./EscrowSellers.sol";
import {EscrowBuyers} from "./EscrowBuyers.sol";
import {EscrowDisputes} from "./EscrowDisputes.sol";
import {EscrowAnyone} from "./EscrowAnyone.sol";
import {SealedFile} from "./SealedFile.sol";

/// @notice Sells files and plays every party of their deals. Before each act it says from the published table of states whether the escrow
/// must allow it, and afterwards it books what the table says who receives.
contract EscrowHandler is EscrowSales, EscrowSellers, EscrowBuyers, EscrowDisputes, EscrowAnyone {
    constructor() {
        _loadProtocol();
        for (uint256 i = 0; i < BUYER_KEYS; ++i) {
            (uint256 secret, bytes32 x) = _even(uint256(keccak256(abi.encode("buyer", i))));
            _buyerSecrets.push(secret);
            _buyerKeys.push(x);
        }
        // three honest files and four with a wrong chunk: the only, the first, the last, the middle one
        _seal(77, SealedFile.NONE);
        _seal(1_064, SealedFile.NONE);
        _seal(2_057, SealedFile.NONE);
        _seal(77, 0);
        _seal(1_064, 0);
        _seal(1_064, 1);
        _seal(2_057, 2);
        for (uint256 i = 0; i < 6; ++i) _createModel(_creator(i), i);

        _addSalesActions();
        _addSellersActions();
        _addBuyersActions();
        _addDisputesActions();
        _addAnyoneActions();
    }
}
