// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StdConstants} from "forge-std/StdConstants.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice The contracts of a deployment by name.
struct Book {
    string json;
}

using Deployment for Book global;

/// @notice What `deploy/` leaves on a chain: campaigns attack the bytecode, the roles and the settings that go to a network.
library Deployment {
    Vm private constant VM = StdConstants.VM;
    string private constant ALLOCS = "cache/campaigns/protocol.alloc.json";
    string private constant BOOK = "cache/campaigns/protocol.json";

    /// @notice Puts the contracts into the chain, with their storage.
    function load() internal returns (Book memory book) {
        require(VM.exists(BOOK), "The deployment that the campaigns attack was not dumped yet. Run: npm run dump");
        VM.loadAllocs(ALLOCS);
        book.json = VM.readFile(BOOK);
        string[] memory every = book.names();
        for (uint256 i = 0; i < every.length; ++i) VM.label(book.at(every[i]), every[i]);
    }

    /// @param name Of the contract. One that was not deployed reverts.
    function at(Book memory book, string memory name) internal pure returns (address payable) {
        return payable(VM.parseJsonAddress(book.json, string.concat(".contracts.", name)));
    }

    /// @notice All contracts.
    function all(Book memory book) internal pure returns (address[] memory contracts) {
        string[] memory every = book.names();
        contracts = new address[](every.length);
        for (uint256 i = 0; i < every.length; ++i) contracts[i] = book.at(every[i]);
    }

    function names(Book memory book) internal pure returns (string[] memory) {
        return VM.parseJsonKeys(book.json, ".contracts");
    }
}
